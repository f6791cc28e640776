# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authenticate with user, password and domain (account): IAM gives a token per scope (API.md, Token)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.identity import Credentials, Scope
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.tokens import Token, TokenCache, read_token
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import NotFound, OptionError

if TYPE_CHECKING:
    from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
    from requests import PreparedRequest

NAME = "password"
REQUIRED = ("user_name", "password")
OPTIONAL: tuple[str, ...] = ()


class PasswordCredentials(Credentials):
    def __init__(self, user_name: str, password: str, domain: Mapping[str, str], source: str, settings: Mapping[str, Any] | None = None) -> None:
        """``domain`` is ``{"id": ...}`` or ``{"name": ...}``."""
        super().__init__(source, f"user {user_name}@{next(iter(domain.values()))}", settings)
        self._user_name = user_name
        self._password = password
        self._domain = dict(domain)
        self._tokens = TokenCache()

    def secrets(self) -> list[str]:
        return [self._password, *self._tokens.issued()]

    def authorise(self, request: PreparedRequest, scope: Scope, session: Session) -> str:
        token = self._token(scope, session).value
        request.headers["X-Auth-Token"] = token
        return token

    def renew(self, proof: str, scope: Scope, session: Session) -> bool:
        self._tokens.forget(scope, proof)
        return True

    def project_id_of(self, name: str, session: Session) -> str:
        """A token for the project by name carries its ID: no permission to list projects is needed."""
        project_id = self._token(Scope("project_name", name), session).project_id
        if not project_id:
            raise NotFound(f"IAM gave a token without a project for {name!r}.", "Check project_name, or give project_id.", project_name=name)
        return project_id

    def _token(self, scope: Scope, session: Session) -> Token:
        return self._tokens.get(scope, session.now(), lambda: self._obtain(scope, session))

    def _obtain(self, scope: Scope, session: Session) -> Token:
        user = {"name": self._user_name, "password": self._password, "domain": self._domain}
        scopes: dict[str, dict[str, Any]] = {
            "project_id": {"project": {"id": scope.value}},
            "project_name": {"project": {"name": scope.value}},
            "domain": {"domain": self._domain},
        }
        identity = {"methods": ["password"], "password": {"user": user}}
        reply = session.send_unauthorised(
            "POST", session.base_url("iam"), "/v3/auth/tokens", json={"auth": {"identity": identity, "scope": scopes[scope.kind]}}
        )
        return read_token(reply.headers.get("X-Subject-Token"), reply.json(), session.now(), reply.request_id)


def create(values: Mapping[str, str], domain_id: str | None, domain_name: str | None, source: str) -> Credentials:
    """Raises OptionError when no domain is known: a user name means nothing without its account."""
    if not domain_id and not domain_name:
        raise OptionError(
            "user_name and password are given, but no domain (account).",
            "Give domain_name or domain_id (HW_DOMAIN_NAME, OS_DOMAIN_NAME ...).",
            option="domain_name",
            missing=["domain_name", "domain_id"],
        )
    domain = {"id": domain_id} if domain_id else {"name": str(domain_name)}
    return PasswordCredentials(values["user_name"], values["password"], domain, source)
