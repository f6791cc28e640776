# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authenticate as the agency of the cloud server this runs on: temporary keys from its metadata service.

A session token is asked for first (as newer instances require); older metadata services do not know it and are asked
without one. The address is link-local or loopback, never routed, never through a proxy.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Mapping
from urllib.parse import urlsplit

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.connection_options import METADATA_ENDPOINT
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.endpoints import is_loopback
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.http_library import requests, require
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.identity import Credentials, Scope
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.signing import AccessKeyAuth
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.tokens import iso_to_ms, renewal_time
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError, TransportError

if TYPE_CHECKING:
    from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session

NAME = "metadata"
LINK_LOCAL = "169.254.169.254"
CONNECT_SECONDS = 2
READ_SECONDS = 5
_HINT = "Give credentials, or assign an agency with CFW ReadOnlyAccess to this cloud server."


def address(environ: Mapping[str, str]) -> str:
    """The metadata service's base URL. Raises OptionError for an address that is neither link-local nor loopback."""
    url = environ.get(METADATA_ENDPOINT) or f"http://{LINK_LOCAL}"
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not (host == LINK_LOCAL or is_loopback(host)) or "@" in parts.netloc:
        raise OptionError(
            f"{METADATA_ENDPOINT} is not the address of a metadata service.",
            f"Unset it, or give http://{LINK_LOCAL} or a loopback address.",
            option=METADATA_ENDPOINT,
        )
    return url.rstrip("/")


class MetadataCredentials(Credentials):
    def __init__(self, base: str, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__("the metadata service", "agency via metadata", settings)
        self._base = base
        self._lock = threading.Lock()
        self._keys: tuple[str, str, str] | None = None
        self._auth: AccessKeyAuth | None = None
        self._renew_at = 0
        self._seen: list[str] = []  # also keys no longer used: none of them belongs into a message

    def secrets(self) -> list[str]:
        return list(self._seen)

    def authorise(self, request: requests.PreparedRequest, scope: Scope, session: Session) -> str:
        with self._lock:
            if self._keys is None or self._auth is None or session.now() >= self._renew_at:
                self._keys, self._renew_at = self._fetch(session.now())
                self._auth = AccessKeyAuth(*self._keys)
            access_key, auth = self._keys[0], self._auth
        if scope.kind == "project_id" and scope.value:
            request.headers["X-Project-Id"] = scope.value
        auth(request)
        return access_key

    def renew(self, proof: str, scope: Scope, session: Session) -> bool:
        with self._lock:
            if self._keys is not None and self._keys[0] == proof:
                self._keys = None
        return True

    def reachable(self) -> bool:
        """Whether keys can be had here; used to end the search for credentials, so it does not raise."""
        try:
            with self._lock:
                self._keys, self._renew_at = self._fetch(int(time.time() * 1000))
                self._auth = AccessKeyAuth(*self._keys)
        except TransportError:
            return False
        return True

    def _fetch(self, now: int) -> tuple[tuple[str, str, str], int]:
        require()
        with requests.Session() as http:
            http.trust_env = False
            token = self._ask(http, "PUT", "/meta-data/latest/api/token", {"X-Metadata-Token-Ttl-Seconds": "21600"}, missing_is_fine=True)
            headers = {"X-Metadata-Token": token.text.strip()} if token is not None else {}
            answer = self._ask(http, "GET", "/openstack/latest/securitykey", headers)
        try:
            found = answer.json()["credential"]  # type: ignore[union-attr]
            keys = (str(found["access"]), str(found["secret"]), str(found["securitytoken"]))
            self._seen += keys
            return keys, renewal_time(now, iso_to_ms(found["expires_at"]))
        except (ValueError, KeyError, TypeError):
            raise TransportError("The metadata service's answer holds no temporary keys.", _HINT) from None

    def _ask(self, http: requests.Session, method: str, path: str, headers: Mapping[str, str], missing_is_fine: bool = False) -> requests.Response | None:
        try:
            answer = http.request(method, self._base + path, headers=dict(headers), timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False)
        except requests.RequestException:
            raise TransportError(f"The metadata service at {self._base} can't be reached.", _HINT) from None
        if answer.status_code == 200:
            return answer
        if missing_is_fine and answer.status_code in (404, 405, 503):
            return None
        raise TransportError(f"The metadata service at {self._base} answered {answer.status_code} to {method} {path}.", _HINT, status=answer.status_code)
