# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who asks: tokens, access keys, temporary keys of the metadata service."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from typing import NamedTuple

from . import signature
from .clock import Clock
from .messages import Refusal, Request, gateway_refusal
from .signature import SignatureRefused
from .switches import Switches
from .world import World


class Principal(NamedTuple):
    user: str
    project_id: str | None  # what a token is scoped to; None: any project (access keys), or a domain's token
    way: str  # token | access_key | temporary_key


@dataclass
class _Token:
    project_id: str | None
    issued: int
    expires: int
    requests: int = 0


class _TemporaryKey(NamedTuple):
    access_key: str
    secret_key: str
    security_token: str
    expires: int


class Identity:
    """Issues and checks what proves an identity."""

    def __init__(self, world: World, switches: Switches, clock: Clock) -> None:
        self._world, self._switches, self._clock = world, switches, clock
        self._lock = threading.Lock()
        self._tokens: dict[str, _Token] = {}
        self._temporary: dict[str, _TemporaryKey] = {}

    def forget(self) -> None:
        """Every token and temporary key issued so far is worth nothing from now on."""
        with self._lock:
            self._tokens.clear()
            self._temporary.clear()

    def kill_tokens(self) -> None:
        with self._lock:
            self._tokens.clear()

    def issue_token(self, project_id: str | None) -> tuple[str, int, int]:
        """(token, issued at, expires at)."""
        now = self._clock.now()
        token = "MIISim" + secrets.token_urlsafe(600)  # real ones are long too
        issued = _Token(project_id, now, now + int(self._switches.current.token_life_s * 1000))
        with self._lock:
            self._tokens[token] = issued
        return token, now, issued.expires

    def temporary_key(self) -> _TemporaryKey:
        """The present temporary key; a new one when half of its life is over."""
        now = self._clock.now()
        life = int(self._switches.current.temporary_key_life_s * 1000)
        with self._lock:
            for key in self._temporary.values():
                if key.expires - now > life // 2:
                    return key
            key = _TemporaryKey("HST" + secrets.token_hex(9).upper()[:17], secrets.token_hex(20), secrets.token_urlsafe(300), now + life)
            self._temporary[key.access_key] = key
            return key

    def principal(self, request: Request) -> Principal:
        """Who signed the request or whose token it carries. Raises the gateway's refusal (401)."""
        if request.headers.get("authorization", "").startswith(signature.ALGORITHM):
            return self._signer(request)
        token = request.headers.get("x-auth-token")
        if not token:
            raise _unauthorized("Get token or signature failed, no authentication information in the request")
        return self._bearer(token)

    def _bearer(self, token: str) -> Principal:
        with self._lock:
            known = self._tokens.get(token)
            if known is None:
                raise _unauthorized("decrypt token fail")
            known.requests += 1
            bound = self._switches.current.token_life_requests
            if self._clock.now() >= known.expires or (bound and known.requests > bound):
                raise _unauthorized("token expired")
            return Principal(self._world.user_name, known.project_id, "token")

    def _signer(self, request: Request) -> Principal:
        try:
            access_key = signature.access_key_of(request.headers["authorization"])
            secret_key, way = self._secret_of(access_key, request.headers.get("x-security-token"))
            signed_at = signature.verify(secret_key, request.method, request.target, request.headers, request.body)
        except SignatureRefused as exc:
            raise _unauthorized(str(exc)) from None
        allowed = self._switches.current.max_skew_ms
        now = self._clock.now()
        if allowed and abs(now - signed_at) > allowed:
            message = f"Incorrect app authentication information: timestamp is over {allowed // 1000} s away from the server's time"
            raise gateway_refusal(401, "APIG.0303", message)
        return Principal(self._world.user_name, None, way)

    def _secret_of(self, access_key: str, security_token: str | None) -> tuple[str, str]:
        if access_key == self._world.access_key:
            if security_token is not None:
                raise SignatureRefused("a permanent access key takes no X-Security-Token")
            return self._world.secret_key, "access_key"
        with self._lock:
            temporary = self._temporary.get(access_key)
        if temporary is None:
            raise SignatureRefused("Get secretKey failed, ak not exist")
        if security_token != temporary.security_token:
            raise SignatureRefused("X-Security-Token is missing or does not belong to the access key")
        if self._clock.now() >= temporary.expires:
            raise SignatureRefused("the temporary access key has expired")
        return temporary.secret_key, "temporary_key"


def _unauthorized(why: str) -> Refusal:
    return gateway_refusal(401, "APIG.0301", f"Incorrect IAM authentication information: {why}")
