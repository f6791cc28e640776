# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of IAM, one per scope, kept in memory only and replaced before they end.

A refused password is remembered: asking again from every thread would lock the account.
"""

from __future__ import annotations

import calendar
import threading
import time
from typing import Callable, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.identity import Scope
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import TransportError, Unauthorized

RENEW_BEFORE_MS = 10 * 60 * 1000


class Token(NamedTuple):
    """``renew_at`` is epoch ms by the server's clock."""

    value: str
    renew_at: int
    project_id: str | None

    def __repr__(self) -> str:
        return f"Token(****, renew_at={self.renew_at}, project_id={self.project_id!r})"


def iso_to_ms(text: str) -> int:
    """``2026-11-23T09:00:00.123000Z`` as IAM writes it (UTC) to epoch ms. Raises ValueError for anything else."""
    whole, dot, fraction = text.rstrip("Z").partition(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 1000 + (int(fraction[:3].ljust(3, "0")) if dot else 0)


def renewal_time(now: int, expires: int) -> int:
    """Ten minutes before the end; half-way for what lives less than twenty."""
    return expires - min(RENEW_BEFORE_MS, max(0, expires - now) // 2)


class TokenCache:
    """``get`` obtains at most one token per scope at a time, however many threads ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scope_locks: dict[Scope, threading.Lock] = {}
        self._tokens: dict[Scope, Token] = {}
        self._issued: list[str] = []
        self._refused: Unauthorized | None = None

    def get(self, scope: Scope, now: int, obtain: Callable[[], Token]) -> Token:
        token = self._tokens.get(scope)
        if token is not None and now < token.renew_at:
            return token
        with self._lock:
            scope_lock = self._scope_locks.setdefault(scope, threading.Lock())
        with scope_lock:
            token = self._tokens.get(scope)
            if token is not None and now < token.renew_at:
                return token
            if self._refused is not None:
                raise Unauthorized(self._refused.message, self._refused.hint, **self._refused.details)
            try:
                token = obtain()
            except Unauthorized as error:
                self._refused = error
                raise
            self._issued.append(token.value)
            self._tokens[scope] = token
            return token

    def forget(self, scope: Scope, value: str) -> None:
        """Drop the token if it is still the refused one; another thread may have replaced it already."""
        with self._lock:
            token = self._tokens.get(scope)
            if token is not None and token.value == value:
                del self._tokens[scope]

    def issued(self) -> list[str]:
        """Every token of this process, also those no longer used: none of them belongs into a message."""
        return list(self._issued)


def read_token(value: str | None, body: object, now: int, request_id: str | None) -> Token:
    """The answer of ``POST /v3/auth/tokens``: the header ``X-Subject-Token`` and the body's ``token``."""
    try:
        token = body["token"]  # type: ignore[index]
        expires = iso_to_ms(token["expires_at"])
        project_id = (token.get("project") or {}).get("id")
    except (KeyError, TypeError, ValueError, AttributeError):
        value = None
    if not value:
        raise TransportError(
            "IAM answered a request for a token without one (X-Subject-Token, token.expires_at).",
            "Check that auth_url is the address of IAM.",
            request_id=request_id,
        )
    return Token(value, renewal_time(now, expires), project_id)
