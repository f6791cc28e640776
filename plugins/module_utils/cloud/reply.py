# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer as it arrived, whole: nothing that could have been cut short is ever taken for an answer."""

from __future__ import annotations

import email.utils
import json
import zlib
from typing import TYPE_CHECKING, Any, Callable, Mapping

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import TransportError

fastest_zlib: Any = zlib
try:
    from isal import isal_zlib

    fastest_zlib = isal_zlib  # inflates more than twice as fast
except ImportError:
    pass

if TYPE_CHECKING:
    import requests

MAX_BODY_BYTES = 64 * 1024 * 1024
_CHUNK = 1024 * 1024
_QUOTABLE_BYTES = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


class Reply:
    """``body`` is complete and decompressed; ``server_time`` is the header Date in epoch ms (whole seconds), or None."""

    __slots__ = ("status", "body", "headers", "request_id", "server_time", "_redact")

    def __init__(self, status: int, body: bytes, headers: Mapping[str, str], redact: Callable[[str], str]) -> None:
        """``redact`` takes secrets out of a text: services and proxies sometimes echo what was sent."""
        self.status = status
        self.body = body
        self.headers = headers
        self.request_id = one_line(redact(headers.get("X-Request-Id", "")), 80) or None
        self._redact = redact
        self.server_time = _date_ms(headers.get("Date"))

    def __repr__(self) -> str:
        return f"Reply({self.status}, {len(self.body)} bytes, request_id={self.request_id!r})"

    def json(self) -> Any:
        """The parsed body. Raises TransportError when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise self.not_json() from None

    def looks_like_json(self) -> bool:
        """Cheap on purpose: pages of megabytes are parsed once, by who reads their records."""
        body = self.body.strip()
        return body[:1] in (b"{", b"[") and body[-1:] in (b"}", b"]")

    def text(self) -> str:
        """The beginning of the body without secrets, for messages; not for records."""
        return self._redact(self.body[:_QUOTABLE_BYTES].decode("utf-8", "replace"))

    def not_json(self) -> TransportError:
        return TransportError(
            f"The answer ({self.status}, {len(self.body)} bytes) is not JSON; it begins {one_line(self.text(), 80)!r}.",
            "Something between here and the service answers in its place: check endpoint, auth_url and proxies.",
            status=self.status,
            request_id=self.request_id,
        )


def one_line(text: str, length: int) -> str:
    """The first ``length`` characters, fit for a message: one line, printable."""
    return "".join(char if char.isprintable() else " " for char in " ".join(text.split()))[:length]


def receive(response: requests.Response, redact: Callable[[str], str]) -> Reply:
    """Read the rest of a streamed response. Raises TransportError when it is cut short, too large or unreadable."""
    raw = response.raw
    encoded = _read(raw)
    expected = response.headers.get("Content-Length", "")
    length_known = expected.isdigit()
    if length_known and len(encoded) < int(expected):
        raise TransportError(f"The answer was cut short: {len(encoded)} of {expected} bytes arrived.")
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip") and encoded:
        reply = Reply(response.status_code, _inflate(encoded), response.headers, redact)
    elif encoding in ("identity", "", "gzip", "x-gzip"):
        reply = Reply(response.status_code, encoded, response.headers, redact)
        chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
        if not length_known and not chunked and response.status_code < 300:
            reply.json()  # nothing but its own grammar can show that this body is whole
    else:
        raise TransportError(f"The answer is encoded as {encoding[:40]!r}, which was not asked for.")
    return reply


def _read(raw: Any) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        chunk = raw.read(_CHUNK, decode_content=False)
        if not chunk:
            break
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise _too_large()
    raw.release_conn()
    return b"".join(chunks)


def _inflate(encoded: bytes) -> bytes:
    inflated: list[bytes] = []
    room = MAX_BODY_BYTES
    rest = encoded
    try:
        while rest:  # a gzip body may have several members
            member = fastest_zlib.decompressobj(_GZIP)
            text = member.decompress(rest, room + 1)
            room -= len(text)
            if room < 0:
                raise _too_large()
            if not member.eof:
                raise TransportError("The answer was cut short: its gzip stream has no end.")
            inflated.append(text)
            rest = member.unused_data
    except fastest_zlib.error:
        raise TransportError("The answer's gzip stream is damaged.") from None
    return b"".join(inflated)


def _too_large() -> TransportError:
    return TransportError(f"The answer is larger than {MAX_BODY_BYTES // (1024 * 1024)} MiB.", "Ask for less: a smaller limit.", too_large=True)


def _date_ms(value: str | None) -> int | None:
    try:
        return int(email.utils.parsedate_to_datetime(value).timestamp() * 1000) if value else None
    except (TypeError, ValueError, OverflowError):
        return None
