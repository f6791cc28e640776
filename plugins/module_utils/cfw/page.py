# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One page of flow logs, cut into records without re-encoding them.

A record is evidence: the archive holds the bytes that the service sent. So a page is never decoded and encoded
again; the three fields that the collection itself needs are read, and the text of each record is sliced out.

Two ways lead to the same result: C{msgspec} where it is installed (four times as quick), a walk over the text otherwise.
(Specification: "Querying Flow Logs", Response Parameters.)
"""

from __future__ import annotations

import re
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]
from typing import Any, Callable, NamedTuple, Sequence

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


class Page:
    """One answer of the service."""

    def __init__(self, records: list[Record], misfits: list[bytes], total: int | None, limit: int | None) -> None:
        self.records = records
        self.misfits = misfits  #: records without a readable C{start_time}: they have no place on the time line
        self.total = total  #: C{data.total}; what it counts is an open reading
        self.limit = limit  #: C{data.limit}: the page size that the service says it applied

    @property
    def size(self) -> int:
        """How many records the service sent."""
        return len(self.records) + len(self.misfits)


def parse(body: bytes) -> Page:
    """Cut the body of an answer into a L{Page}.

    @raise TransportError: the body is not the documented JSON.
    """
    try:
        body.decode("utf-8")  # a record that is not UTF-8 could be archived, but never be read again
        for way in (_by_msgspec, _by_walk):
            page = way(body)
            if page is not None:
                return page
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as exc:
        raise TransportError(
            f"the answer is not a page of flow logs: {exc}",
            hint="Check the endpoint: another service or a proxy may have answered.",
        ) from exc
    raise TransportError("the answer holds no data.records", hint="Check the endpoint: another service may have answered.")


def _page(starts: Sequence[Any], ids: Sequence[Any], ends: Sequence[Any], raws: Sequence[bytes], data: dict[str, Any]) -> Page:
    """Build the page from its records' columns; fields may be missing or of another type."""
    misfits = []
    rows: Any = zip(starts, ids, ends, raws)
    if not ({int}.issuperset(map(type, starts)) and {str}.issuperset(map(type, ids)) and {int}.issuperset(map(type, ends))):
        rows = []
        for start, log_id, end, raw in zip(starts, ids, ends, raws):
            start = _milliseconds(start)
            if start is None:
                misfits.append(raw)
            else:
                rows.append((start, "" if log_id is None else str(log_id), _milliseconds(end), raw))
    make = tuple.__new__  # what Record() does, without its cost
    return Page([make(Record, row) for row in rows], misfits, _count(data.get("total")), _count(data.get("limit")))


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
    read_body: Callable[[bytes], Any] = msgspec.json.Decoder(body_type).decode
    read_row: Callable[[bytes], Any] = msgspec.json.Decoder(row_type).decode

    def read(body: bytes) -> Page | None:
        try:
            data = read_body(body).data
            if data.records is None:
                return None
            rows = [read_row(raw) for raw in data.records]
        except msgspec.DecodeError:
            return None  # the walk says precisely what is wrong
        raws = [bytes(raw) for raw in data.records]
        envelope = {"total": data.total, "limit": data.limit}
        return _page([row.start_time for row in rows], [row.log_id for row in rows], [row.end_time for row in rows], raws, envelope)

    return read


_msgspec_reader = _make_msgspec_reader()


def _by_msgspec(body: bytes) -> Page | None:
    return _msgspec_reader(body) if _msgspec_reader is not None else None


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
    if rows is None:
        return None
    return _page([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], [row[3] for row in rows], found)


def _rows(text: str, at: int) -> tuple[list[tuple[Any, Any, Any, bytes]], int]:
    rows = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        value, end = _scan(text, at)
        if not isinstance(value, dict):
            raise ValueError(f"a record that is not an object at character {at}")
        rows.append((value.get("start_time"), value.get("log_id"), value.get("end_time"), text[at:end].encode("utf-8")))
        if text[end:end + 2] == ",{":  # as a rule
            at = end + 1
            continue
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
        elif text[at] != "]":
            raise ValueError(f"',' or ']' was expected at character {at}")
    return rows, at + 1
