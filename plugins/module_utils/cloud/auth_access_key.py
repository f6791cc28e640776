# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authenticate with an access key and a secret key, permanent or temporary (with a security token)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.identity import Credentials, Scope, masked
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.signing import AccessKeyAuth

if TYPE_CHECKING:
    from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
    from requests import PreparedRequest

NAME = "access_key"
REQUIRED = ("access_key", "secret_key")
OPTIONAL = ("security_token",)


class AccessKeyCredentials(Credentials):
    def __init__(
        self,
        access_key: str,
        secret_key: str,
        security_token: str | None,
        source: str,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(source, f"access key {masked(access_key)}", settings)
        self._secrets = [text for text in (access_key, secret_key, security_token) if text]
        self._access_key = access_key
        self._auth = AccessKeyAuth(access_key, secret_key, security_token)

    def secrets(self) -> list[str]:
        return self._secrets

    def authorise(self, request: PreparedRequest, scope: Scope, session: Session) -> str:
        if scope.kind == "project_id" and scope.value:
            request.headers["X-Project-Id"] = scope.value
        self._auth(request)
        return self._access_key


def create(values: Mapping[str, str], source: str, settings: Mapping[str, Any]) -> Credentials:
    return AccessKeyCredentials(values["access_key"], values["secret_key"], values.get("security_token"), source, settings)
