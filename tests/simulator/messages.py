# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request as it was received, an answer as it will be sent, and the services' forms of a refusal."""

from __future__ import annotations

import json
from typing import Any, Iterator, Mapping, NamedTuple
from urllib.parse import parse_qsl


class Request(NamedTuple):
    method: str
    target: str  # the request line's path with its query, as received
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def params(self) -> dict[str, str]:
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))


class Response(NamedTuple):
    status: int
    body: bytes | Iterator[bytes]  # an iterator is sent in chunks
    headers: Mapping[str, str] = {}
    content_type: str = "application/json;charset=utf-8"


class Refusal(Exception):
    """The request is answered with an error; raised anywhere below the gateway."""

    def __init__(self, status: int, payload: dict[str, Any]) -> None:
        super().__init__(f"{status} {payload}")
        self.status = status
        self.payload = payload


def as_json(status: int, value: Any, **headers: str) -> Response:
    return Response(status, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), headers)


def gateway_refusal(status: int, code: str, message: str) -> Refusal:
    """The gateway in front of the services: error_code, error_msg, request_id (filled in where it is sent)."""
    return Refusal(status, {"error_code": code, "error_msg": message, "request_id": None})


def cfw_refusal(status: int, message: str, code: str = "CFW.00500002") -> Refusal:
    return Refusal(status, {"error_code": code, "error_msg": message})


def iam_refusal(status: int, message: str, title: str) -> Refusal:
    return Refusal(status, {"error": {"code": status, "message": message, "title": title}})
