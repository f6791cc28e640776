# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authenticate with a token that somebody else obtained. Its project and its end are fixed; it can't be renewed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.identity import Credentials, Scope

if TYPE_CHECKING:
    from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
    from requests import PreparedRequest

NAME = "token"
REQUIRED = ("auth_token",)
OPTIONAL: tuple[str, ...] = ()


class TokenCredentials(Credentials):
    def __init__(self, token: str, source: str, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(source, "token", settings)
        self._token = token

    def secrets(self) -> list[str]:
        return [self._token]

    def authorise(self, request: PreparedRequest, scope: Scope, session: Session) -> str:
        request.headers["X-Auth-Token"] = self._token
        return self._token


def create(values: Mapping[str, str], source: str, settings: Mapping[str, Any]) -> Credentials:
    return TokenCredentials(values["auth_token"], source, settings)
