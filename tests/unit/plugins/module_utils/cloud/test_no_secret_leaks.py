# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No key, token or password in any message, detail, representation or traceback, whatever goes wrong."""

from __future__ import annotations

import logging
import socket
import traceback
from typing import Any, Callable

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.credentials import resolve
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CloudAuditError
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.cloud.loopback import Answer, Asked, serve

SECRETS = {
    "access_key": "WHOLEACCESSKEY123456",
    "secret_key": "the-secret-key-0123456789",
    "security_token": "the-security-token-0123456789",
    "auth_token": "the-auth-token-0123456789",
    "password": "the-password-0123456789",
}
ISSUED = "the-issued-token-0123456789"

WAYS: dict[str, dict[str, str]] = {
    "access_key": {name: SECRETS[name] for name in ("access_key", "secret_key", "security_token")},
    "token": {"auth_token": SECRETS["auth_token"]},
    "password": {"user_name": "auditor", "domain_name": "acme", "password": SECRETS["password"]},
}


def echo(asked: Asked) -> bytes:
    """What a talkative proxy would do: show everything it was sent."""
    return (str(asked.headers) + asked.body.decode()).encode()


def sent_token(asked: Asked) -> str:
    return asked.headers.get("X-Auth-Token") or asked.headers.get("X-Security-Token") or "-"


def die(connection: socket.socket) -> None:
    connection.close()


TROUBLE: dict[str, Callable[[Asked], Answer]] = {
    "echo in 200": lambda asked: Answer(200, b"<html>" + echo(asked)),
    "echo in 401": lambda asked: Answer(401, {"error_code": "APIG.0301", "error_msg": echo(asked).decode()}),
    "echo in 403": lambda asked: Answer(403, echo(asked)),
    "echo in 500": lambda asked: Answer(500, {"error": {"message": echo(asked).decode()}}),
    "echo in a redirect": lambda asked: Answer(302, b"", {"Location": "https://x.example/" + sent_token(asked)}),
    "echo in the request ID": lambda asked: Answer(400, {}, {"X-Request-Id": sent_token(asked)}),
    "cut": lambda asked: Answer(raw=die),
    "success": lambda asked: Answer(200, {"data": {}}),
}


def everything(error: BaseException) -> str:
    seen: list[BaseException] = []
    texts = ["".join(traceback.format_exception(type(error), error, error.__traceback__))]
    current: BaseException | None = error
    while current is not None and current not in seen:
        seen.append(current)
        texts.append(f"{current!s} {current!r} {vars(current)!r}")
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    if isinstance(error, CloudAuditError):
        texts.append(repr(error.as_result()))
    return "\n".join(texts)


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("trouble", list(TROUBLE))
@pytest.mark.parametrize("iam_fails", [False, True])
def test_nothing_leaks(way: str, trouble: str, iam_fails: bool, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.path == "/v3/auth/tokens" and not iam_fails:
            return Answer(201, {"token": {"expires_at": "2099-01-01T00:00:00.000000Z", "project": {"id": "p1"}}}, {"X-Subject-Token": ISSUED})
        return TROUBLE[trouble](asked)

    caplog.set_level(logging.DEBUG)
    with serve(answer) as server:
        options: dict[str, Any] = {**WAYS[way], "region": "cn-north-4", "endpoint": server.url, "auth_url": server.url, "retry_timeout": 0, "timeout": 5}
        credentials = resolve(options, {})
        opened = Session(credentials, options)
        texts = [repr(credentials), str(credentials), repr(opened), credentials.principal, opened.principal]
        try:
            reply = opened.send("GET", server.url, "/v1/p1/cfw/logs/flow", project_id="p1", params={"limit": 1})
            texts.append(repr(reply))
        except CloudAuditError as error:
            texts.append(everything(error))
    captured = capfd.readouterr()
    text = "\n".join([*texts, caplog.text, captured.out, captured.err])
    for secret in (*SECRETS.values(), ISSUED):
        assert secret not in text
        assert secret[: len(secret) // 2 + 2] not in text
    assert "Signature=****" in text or "Signature=" not in text
