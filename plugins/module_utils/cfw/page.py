# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One page of flow logs, cut into records without re-encoding them.

A record is evidence: the archive holds the bytes that the service sent. So a page is never decoded and encoded
again; the three fields that the collection itself needs are read, and the text of each record is sliced out.

Three ways lead to the same result, the quickest that applies is taken: C{msgspec} where it is installed; a split of
the bytes, when a few counts prove that all records are flat; a walk over the text otherwise.
(Specification: "Querying Flow Logs", Response Parameters.)
"""

from __future__ import annotations

import json
import re
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]
from typing import Any, Callable, NamedTuple

try:
    import msgspec
except ImportError:
    msgspec = None  # type: ignore[assignment]

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import TransportError


class Record(NamedTuple):
    """A flow log as sent. Sorts by (C{start_time}, C{log_id}): the archive's order."""

    start_time: int  #: epoch milliseconds
    log_id: str  #: the service's document ID; empty when the service sent none
    end_time: int | None  #: epoch milliseconds
    raw: bytes  #: the JSON object, byte for byte


class Page(NamedTuple):
    """One answer of the service."""

    records: list[Record]
    misfits: list[bytes]  #: records without a readable C{start_time}: they have no place on the time line
    total: int | None  #: C{data.total}; what it counts is an open reading
    limit: int | None  #: C{data.limit}: the page size that the service says it applied


def parse(body: bytes) -> Page:
    """Cut the body of an answer into a L{Page}.

    @raise TransportError: the body is not the documented JSON.
    """
    try:
        body.decode("utf-8")  # a record that is not UTF-8 could be archived, but never be read again
        for way in (_by_msgspec, _by_split, _by_walk):
            page = way(body)
            if page is not None:
                return page
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as exc:
        raise TransportError(
            f"the answer is not a page of flow logs: {exc}",
            hint="Check the endpoint: another service or a proxy may have answered.",
        ) from exc
    raise TransportError("the answer holds no data.records", hint="Check the endpoint: another service may have answered.")


def _page(rows: list[tuple[Any, Any, Any, bytes]], data: dict[str, Any]) -> Page:
    """Build the page from (start_time, log_id, end_time, raw); fields may be missing or of another type."""
    records, misfits = [], []
    make = Record._make
    for row in rows:
        start, log_id, end, raw = row
        if type(start) is not int or type(log_id) is not str or type(end) is not int:
            start, end = _milliseconds(start), _milliseconds(end)
            if start is None:
                misfits.append(raw)
                continue
            row = (start, "" if log_id is None else str(log_id), end, raw)
        records.append(make(row))
    return Page(records, misfits, _count(data.get("total")), _count(data.get("limit")))


def _milliseconds(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _make_msgspec_reader() -> Callable[[bytes], Page | None] | None:
    if msgspec is None:
        return None

    # the records stay msgspec.Raw: views of the body that nothing decodes
    data_type = msgspec.defstruct(
        "Data", [("records", "list[msgspec.Raw] | None", None), ("total", Any, None), ("limit", Any, None)], namespace={"__module__": __name__}
    )
    body_type = msgspec.defstruct("Body", [("data", data_type)])
    row_type = msgspec.defstruct("Row", [("start_time", Any, None), ("log_id", Any, None), ("end_time", Any, None)])
    read_body = msgspec.json.Decoder(body_type).decode
    read_row = msgspec.json.Decoder(row_type).decode

    def read(body: bytes) -> Page | None:
        try:
            data = read_body(body).data
            if data.records is None:
                return None
            rows = []
            for raw in data.records:
                row = read_row(raw)
                rows.append((row.start_time, row.log_id, row.end_time, bytes(raw)))
        except msgspec.DecodeError:
            return None  # the walk says precisely what is wrong
        return _page(rows, {"total": data.total, "limit": data.limit})

    return read


_msgspec_reader = _make_msgspec_reader()


def _by_msgspec(body: bytes) -> Page | None:
    return _msgspec_reader(body) if _msgspec_reader is not None else None


_RECORDS = re.compile(rb'"records"\s*:\s*\[')
_START = re.compile(rb'"start_time"\s*:\s*(\d{1,15})\b(?![.eE])')
_END = re.compile(rb'"end_time"\s*:\s*(\d{1,15})\b(?![.eE])')
_LOG_ID = re.compile(rb'"log_id"\s*:\s*"([^"\\]*)"')


def _by_split(body: bytes) -> Page | None:
    """Cut at C{},{} when counting proves that each piece is one flat record; otherwise leave it to the walk."""
    opening = _RECORDS.search(body)
    close = body.rfind(b"]")
    if opening is None or close < opening.end() or body.find(b'"records"', opening.end()) >= 0:
        return None
    # What surrounds the records must be whole JSON by itself: then the brackets found are those of the array.
    envelope = json.loads(body[: opening.end()] + body[close:])
    data = envelope.get("data") if isinstance(envelope, dict) else None
    if not isinstance(data, dict) or data.get("records") != []:
        return None
    region = body[opening.end():close].strip()
    if not region.startswith(b"{") or not region.endswith(b"}"):
        return None
    pieces = region[1:-1].split(b"},{")
    count = len(pieces)
    if region.count(b"{") != count or region.count(b"}") != count:
        return None
    starts, ends, ids = _START.findall(region), _END.findall(region), _LOG_ID.findall(region)
    if not len(starts) == len(ends) == len(ids) == count:
        return None
    for piece in pieces:
        # an even number of quotes: no cut inside a string; one key each: the three lists are aligned with the pieces
        if piece.count(b'"') & 1 or piece.count(b'"log_id"') != 1 or piece.count(b'"start_time"') != 1 or piece.count(b'"end_time"') != 1:
            return None
    rows: list[tuple[Any, Any, Any, bytes]] = [
        (int(start), log_id.decode(), int(end), b"{%b}" % piece) for start, log_id, end, piece in zip(starts, ids, ends, pieces)
    ]
    return _page(rows, data)


_scan = JSONDecoder().raw_decode
_SPACE = re.compile(r"[ \t\n\r]*")


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _members(text: str, at: int) -> Any:
    """Walk the members of the object that opens at C{at}: yields (key, where its value begins), is sent where it ends."""
    if text[at] != "{":
        raise ValueError(f"an object was expected at character {at}")
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, at = scanstring(text, at + 1, True)
        at = _skip(text, at)
        if text[at] != ":":
            raise ValueError(f"':' was expected at character {at}")
        at = yield key, _skip(text, at + 1)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
        elif text[at] != "}":
            raise ValueError(f"',' or '}}' was expected at character {at}")
    yield None, at + 1


def _by_walk(body: bytes) -> Page | None:
    text = body.decode("utf-8")
    found: dict[str, Any] = {}
    rows: list[tuple[Any, Any, Any, bytes]] | None = None

    outer = _members(text, _skip(text, 0))
    key, at = next(outer)
    while key is not None:
        if key == "data" and text[at] == "{":
            inner = _members(text, at)
            name, at = next(inner)
            while name is not None:
                if name == "records" and text[at] == "[":
                    rows, end = _rows(text, at)
                else:
                    found[name], end = _scan(text, at)
                name, at = inner.send(end)
            end = at
        else:
            end = _scan(text, at)[1]
        key, at = outer.send(end)
    if _skip(text, at) != len(text):
        raise ValueError(f"more text after the answer, at character {at}")
    return None if rows is None else _page(rows, found)


def _rows(text: str, at: int) -> tuple[list[tuple[Any, Any, Any, bytes]], int]:
    rows = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        value, end = _scan(text, at)
        if not isinstance(value, dict):
            raise ValueError(f"a record that is not an object at character {at}")
        rows.append((value.get("start_time"), value.get("log_id"), value.get("end_time"), text[at:end].encode("utf-8")))
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
        elif text[at] != "]":
            raise ValueError(f"',' or ']' was expected at character {at}")
    return rows, at + 1
