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

import json
import re
import threading
from itertools import repeat
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]
from operator import attrgetter
from typing import Any, Callable, List, NamedTuple, Optional, Sequence

try:
    import msgspec
except ImportError:
    msgspec = None  # type: ignore[assignment]

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import TransportError

# Reading a page needs the interpreter all the time: threads that read at once only take it from each other.
_one_page_at_a_time = threading.Lock()


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
        with _one_page_at_a_time:
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
    # a record that is not UTF-8 could be archived, but never be read again
    b"\n".join([raw for raw in raws if not raw.isascii()]).decode("utf-8")
    records = list(map(tuple.__new__, repeat(Record), rows))  # what Record() does, without its cost
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

    def struct(name: str, fields: list[tuple[str, Any, Any]]) -> Any:
        return msgspec.defstruct(name, fields, gc=False)

    # Twice over the whole body, once for the records' text and once for three fields of each, is quicker than a call a record.
    envelope = [("total", Any, None), ("limit", Any, None)]
    row = struct("Row", [("start_time", Any, None), ("log_id", Any, None), ("end_time", Any, None)])
    rows_body = struct("RowsBody", [("data", struct("Rows", [("records", Optional[List[row]], None), *envelope]), None)])  # type: ignore[valid-type]
    raws_body = struct("RawsBody", [("data", struct("Raws", [("records", Optional[List[msgspec.Raw]], None)]), None)])
    read_rows = msgspec.json.Decoder(rows_body).decode
    read_raws = msgspec.json.Decoder(raws_body).decode
    columns = [attrgetter(name) for name in ("start_time", "log_id", "end_time")]

    def read(body: bytes) -> Page | None:
        try:
            data: Any = read_rows(body).data
            if data is None or data.records is None:
                return None
            raws = list(map(bytes, read_raws(body).data.records))
        except msgspec.DecodeError:
            return None  # the walk says precisely what is wrong
        starts, ids, ends = (list(map(column, data.records)) for column in columns)
        return _page(starts, ids, ends, raws, {"total": data.total, "limit": data.limit})

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
        raise ValueError(f"an object was expected at byte {at}")
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, at = scanstring(text, at + 1, True)
        at = _skip(text, at)
        if text[at] != ":":
            raise ValueError(f"':' was expected at byte {at}")
        at = yield key, _skip(text, at + 1)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
        elif text[at] != "}":
            raise ValueError(f"',' or '}}' was expected at byte {at}")
    yield None, at + 1


def _by_walk(body: bytes) -> Page | None:
    text = body.decode("latin-1")  # a character for each byte: places in the text are places in the body
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
                    rows, end = _rows(text, at, body)
                else:
                    found[name], end = _scan(text, at)
                name, at = inner.send(end)
            end = at
        else:
            end = _scan(text, at)[1]
        key, at = outer.send(end)
    if _skip(text, at) != len(text):
        raise ValueError(f"more text after the answer, at byte {at}")
    if rows is None:
        return None
    return _page([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], [row[3] for row in rows], found)


def _rows(text: str, at: int, body: bytes) -> tuple[list[tuple[Any, Any, Any, bytes]], int]:
    rows = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        value, end = _scan(text, at)
        if not isinstance(value, dict):
            raise ValueError(f"a record that is not an object at byte {at}")
        raw, log_id = body[at:end], value.get("log_id")
        if isinstance(log_id, str) and not log_id.isascii():
            log_id = json.loads(raw)["log_id"]
        rows.append((value.get("start_time"), log_id, value.get("end_time"), raw))
        if text[end:end + 2] == ",{":  # as a rule
            at = end + 1
            continue
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
        elif text[at] != "]":
            raise ValueError(f"',' or ']' was expected at byte {at}")
    return rows, at + 1
