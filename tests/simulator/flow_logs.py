# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CFW's flow logs: GET /v1/{project_id}/cfw/logs/flow under every reading."""

from __future__ import annotations

import threading
from collections import OrderedDict
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from . import query as queries
from .clock import Clock
from .firewalls import named, of_enterprise_project
from .lies import Lies
from .messages import Request, Response, cfw_refusal, gateway_refusal
from .query import Query
from .switches import LOG_TYPES
from .table import Rows, Table
from .world import DAY, Firewall, Project, Stream

TOTAL_CAP = 10_000
_CACHED_ANSWERS, _CACHED_ROWS = 256, 32_000_000


def _retained_from(now: int, switches: SimpleNamespace) -> int:
    """The service clears away what is too old once a minute."""
    return (now - int(switches.retention_days * DAY)) // 60_000 * 60_000


class Selection(NamedTuple):
    """What decides which rows answer a query, and in which order."""

    sort: str
    field: str
    low: int  # both inclusive
    high: int
    filters: tuple[tuple[str, object], ...] = ()


class Selector:
    """Rows of a table by Selection, as of the server's clock; the latest answers are kept, since a query is paged through."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: OrderedDict[tuple[object, ...], Rows] = OrderedDict()
        self._kept = 0  # rows in all answers together

    def rows(self, table: Table, selection: Selection, switches: SimpleNamespace) -> Rows:
        now = self._clock.now()
        cutoff = _retained_from(now, switches)
        epoch = table.epoch(now, cutoff, switches.retention_field)
        key = (table.version, selection, epoch, switches.retention_field, switches.protocol_filter)
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        wanted = queries.wanted(selection.filters, table.variants, switches.protocol_filter)
        rows = table.select(selection.sort, selection.field, selection.low, selection.high, now, cutoff, switches.retention_field, wanted)
        with self._lock:
            if key not in self._answers:
                self._answers[key] = rows
                self._kept += rows.size
            while len(self._answers) > 1 and (len(self._answers) > _CACHED_ANSWERS or self._kept > _CACHED_ROWS):
                self._kept -= self._answers.popitem(last=False)[1].size
        return rows


class FlowLogs:
    def __init__(self, clock: Clock, selector: Selector, lies: Lies) -> None:
        self._clock, self._selector, self._lies = clock, selector, lies
        self._empty = Stream.empty()

    def answer(self, project: Project, request: Request, switches: SimpleNamespace) -> Response:
        params = request.params
        firewall = self._firewall(project, params, switches)
        log_type = params.get("log_type") or switches.default_log_type
        if log_type not in switches.log_types or log_type not in LOG_TYPES:
            raise cfw_refusal(400, "parameter log_type is unknown")
        query = queries.parse(params, switches)
        stream = firewall.streams.get(log_type, self._empty)
        if named(firewall, switches.frozen_firewalls) or named(firewall, switches.empty_firewalls):
            stream = self._empty
        body = self._page(stream.table, query, switches)
        if switches.arrive_per_request:
            self._arrive(stream, query, switches)
        return Response(200, body)

    def _firewall(self, project: Project, params: dict[str, str], switches: SimpleNamespace) -> Firewall:
        firewall = project.firewalls.get(params.get("fw_instance_id", ""))
        if firewall is None or not of_enterprise_project(firewall, params.get("enterprise_project_id")):
            raise cfw_refusal(400, "the firewall instance does not exist")
        if named(firewall, switches.refuse_firewalls):
            raise gateway_refusal(403, "APIG.0302", "The IAM user is not authorized to access the API")
        return firewall

    def _page(self, table: Table, query: Query, switches: SimpleNamespace) -> bytes:
        sort = switches.cursor_field if switches.sort_field == "same" else switches.sort_field
        high = query.end_time - 1 if switches.end_bound == "exclusive" else query.end_time
        selection = Selection(sort, switches.filter_time, query.start_time, high, query.filters)
        matches = self._selector.rows(table, selection, switches)
        follows = bool(query.log_id) and (switches.paging == "cursor" or (switches.paging == "cursor_needs_offset" and query.offset > 0))
        if switches.repeat_page:
            rows, begin = matches, 0
        elif follows:
            rows, begin = _after_cursor(table, matches, sort, query, switches)
            begin += switches.jump_cursor
        else:
            begin = 0 if query.log_id and switches.paging == "cursor_needs_offset" else query.offset
            rows = matches
            if begin and switches.offset_max and begin + query.limit > switches.offset_max:
                raise cfw_refusal(400, f"Result window is too large, offset + limit must be less than or equal to {switches.offset_max}")
        count = min(query.limit, switches.page_cap or query.limit)
        begin = min(begin, rows.size)
        end = min(begin + count, rows.size)
        if switches.order == "newest_first":
            page = rows.take(rows.size - end, rows.size - begin)[::-1]
        else:
            page = rows.take(begin, end)
        page = self._lies.told(page, table, selection, count, query.offset == 0 or follows, switches)
        total = {"matches": matches.size, "page": len(page), "capped": min(matches.size, TOTAL_CAP)}[switches.total]
        total = self._lies.total(total, selection, switches)
        return _body(table.texts(page, switches.protocol == "numbers"), query.limit, total, switches.body_style)

    def _arrive(self, stream: Stream, query: Query, switches: SimpleNamespace) -> None:
        """Some sessions that lie in the asked range, and are not too old to be kept, have just become visible."""
        now, count = self._clock.now(), switches.arrive_per_request
        low, high = max(query.start_time, _retained_from(now, switches)), min(query.end_time, now) - 1
        if high < low or stream is self._empty:
            return
        rng = np.random.default_rng([stream.seed, len(stream.table)])
        starts = rng.integers(low, high + 1, count)
        ends = np.minimum(starts + rng.integers(0, 1000, count), high)
        stream.add_generated(starts, ends, np.full(count, now, dtype=np.int64))


def _after_cursor(table: Table, rows: Rows, sort: str, query: Query, switches: SimpleNamespace) -> tuple[Rows, int]:
    """(rows, how many of them in page order are not after the cursor)."""
    newest = switches.order == "newest_first"
    value, log_id = query.next_date or 0, query.log_id.encode()
    if sort != switches.cursor_field:
        return _beyond(table, rows, switches.cursor_field, value, log_id, newest, switches.cursor_tie == "exact"), 0
    if switches.cursor_tie == "exact":
        place = table.position(rows, sort, value, log_id, after=not newest)
    else:
        place = table.bound(rows, sort, value, after=not newest)
    return rows, rows.size - place if newest else place


def _beyond(table: Table, rows: Rows, field: str, value: int, log_id: bytes, newest: bool, exact: bool) -> Rows:
    """Those of `rows` whose `field` lies beyond the cursor, where pages are sorted by another field."""
    all_rows = rows.take(0, rows.size)
    column = table.column(field)[all_rows]
    mask = column < value if newest else column > value
    if exact:
        for place in np.flatnonzero(column == value):
            other = table.log_id(int(all_rows[place]))
            mask[place] = other < log_id if newest else other > log_id
    kept = all_rows[mask]
    return Rows(0, len(kept), kept)


def _body(texts: list[bytes], limit: int, total: int, style: str) -> bytes:
    if style == "compact":
        return b'{"data":{"limit":%d,"records":[%b],"total":%d}}' % (limit, b",".join(texts), total)
    return b'{ "data" : { "limit" : %d, "records" : [ %b ], "total" : %d } }' % (limit, b", ".join(texts), total)
