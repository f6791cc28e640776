# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every way to authenticate has in common. The ways themselves are the ``auth_*.py`` files beside this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import NotFound

if TYPE_CHECKING:
    from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
    from requests import PreparedRequest


class Scope(NamedTuple):
    """What a call is about: ``project_id`` or ``project_name`` with a value, or the whole ``domain`` (account)."""

    kind: str
    value: str | None = None


DOMAIN = Scope("domain")


class Credentials:
    """One identity. Subclasses say how it authorises a request; none of them shows a secret in any text."""

    def __init__(self, source: str, principal: str, settings: Mapping[str, Any] | None = None) -> None:
        self.source = source
        self.principal = principal
        #: connection options that came with the credentials; they apply where neither task nor environment says
        self.settings: dict[str, Any] = dict(settings or {})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.principal}, from {self.source})"

    def secrets(self) -> list[str]:
        """Texts that must not appear anywhere: used to clean what services echo back."""
        raise NotImplementedError

    def authorise(self, request: PreparedRequest, scope: Scope, session: Session) -> str:
        """Add the headers that authorise ``request``; returns the proof used, to be handed to ``renew``."""
        raise NotImplementedError

    def renew(self, proof: str, scope: Scope, session: Session) -> bool:
        """The service refused ``proof`` (401). True when there is another one now, and trying again makes sense."""
        return False

    def project_id_of(self, name: str, session: Session) -> str:
        """The ID of the project with that name. Raises NotFound when the caller has none of that name."""
        reply = session.send("GET", session.base_url("iam"), "/v3/projects", params={"name": name})
        projects = reply.json().get("projects") or []
        found = [project["id"] for project in projects if project.get("name") == name and project.get("id")]
        if len(found) != 1:
            raise NotFound(
                f"IAM lists {len(found)} projects with the name {name!r} for {self.principal}.",
                "Check project_name and region, or give project_id.",
                status=reply.status,
                request_id=reply.request_id,
                project_name=name,
            )
        return str(found[0])


def masked(text: str) -> str:
    """Enough of an access key to recognise it, never all of it."""
    return "****" + text[-4:] if len(text) >= 12 else "****"
