# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a refusal of the service or the gateway to an error that says what to do (API.md, Errors)."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.reply import Reply, one_line
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import (
    ApiError,
    BadRequest,
    Forbidden,
    NotFound,
    ServerError,
    Throttled,
    Unauthorized,
)

_KIND_OF_STATUS: dict[int, type[ApiError]] = {400: BadRequest, 401: Unauthorized, 403: Forbidden, 404: NotFound, 429: Throttled}
_SKEW_CODE = "0303"
_IDS = "The module cfw_firewall_info lists the IDs of firewalls."


class Stated(NamedTuple):
    """What the body of a refusal says."""

    code: str | None
    message: str
    request_id: str | None


def stated(reply: Reply) -> Stated:
    """Understands CFW's, the gateway's and IAM's forms; anything else is quoted, shortened to 80 characters."""
    try:
        body: Any = json.loads(reply.text())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return Stated(None, one_line(reply.text(), 80) or "(no text)", reply.request_id)
    inner = body["error"] if isinstance(body.get("error"), dict) else body
    code = _first(inner, "error_code", "code")
    message = _first(inner, "error_msg", "message", "title") or one_line(reply.text(), 80)
    return Stated(code, one_line(message, 512), reply.request_id or _first(body, "request_id") or _first(inner, "request_id"))


def _first(body: dict[str, Any], *names: str) -> str | None:
    for name in names:
        if body.get(name) not in (None, ""):
            return str(body[name])
    return None


def error_of(reply: Reply, said: Stated, what: str, source: str, skew_ms: int | None) -> ApiError:
    """``what`` is the call in words for the message; ``source`` is where the credentials came from."""
    kind = _KIND_OF_STATUS.get(reply.status, ServerError if reply.status >= 500 else ApiError)
    name = " ".join(dict.fromkeys(part for part in (str(reply.status), said.code) if part))  # IAM's code is the status again
    message = f"{what} was refused ({name}): {said.message.rstrip('.')}."
    if said.request_id:
        message += f" Request ID {said.request_id}."
    return kind(
        message,
        _hint(reply.status, said, source, skew_ms),
        status=reply.status,
        code=said.code,
        request_id=said.request_id,
    )


def _hint(status: int, said: Stated, source: str, skew_ms: int | None) -> str | None:
    if status == 400:
        return f"Check the values of the query against the documentation. {_IDS}"
    if status == 401 and (said.code or "").endswith(_SKEW_CODE):
        return f"The clocks differ: {_skew(skew_ms)}. Set this machine's clock (NTP)."
    if status == 401:
        hint = f"The credentials came from {source}: are they right, not expired, and for this cloud and account?"
        if skew_ms is not None and abs(skew_ms) > 60_000:
            hint += f" Also, {_skew(skew_ms)}: set this machine's clock (NTP)."
        return hint
    if status == 403:
        return "The caller lacks the permission (cfw:*:get, cfw:*:list): grant CFW ReadOnlyAccess in this project, and check the enterprise project."
    if status == 404:
        return f"Check region, endpoint and project: the firewall service may not exist in this region, or nothing has this ID in this project. {_IDS}"
    if status == 429:
        return "Others may share the limit. Set rate_limit lower, or retry_timeout higher."
    if status >= 500:
        return "The service failed. If it persists, give the request ID to the cloud's support."
    return None


def _skew(skew_ms: int | None) -> str:
    if skew_ms is None:
        return "the service's clock is not known"
    seconds = abs(skew_ms) / 1000
    return f"this machine's clock is {seconds:.0f} s {'behind' if skew_ms > 0 else 'ahead of'} the service's"
