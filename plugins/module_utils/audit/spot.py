# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spot re-performance: ask the service again for a random sample of archived windows, and compare record by record.

The sample is drawn by hash: windows ascend by the SHA-256 of C{seed/project/firewall/log type/start}, and the first ones are
taken. So the seed repeats the draw, in any language, as long as the service still has the windows.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable
from typing import Any, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import Chain, Head
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.committed import Committed, span_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.coverage import END, KEEP_MS, START, VERDICT
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.judging import judge
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.planning import EDGE_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.streams import find_streams
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import COMPLETE
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.api import Cfw
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.collector import Collector
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.reading import Reading
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.source import Source
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.task import Task
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.time_range import to_iso
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, CloudAuditError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.interface import Store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import Stream, date_of

SAME, DIFFERS, FAILED = "same", "differs", "failed"
_SLACK_MS = 60_000  # between this machine's clock and what the service already shows
_Key = tuple[Any, Any]  # start_time, log_id


class Drawn(NamedTuple):
    """A window to ask for again."""

    order: str
    head: Head
    stream: Stream
    start: int
    end: int


def spot_check(store: Store, session: Session, seed: str, count: int, concurrency: int, stop: threading.Event) -> dict[str, Any]:
    """Ask again for C{count} windows, or for all that there are. What fails for one is in that one's C{error}.

    @return: C{seed}, C{created}, C{candidates} (how many windows there were to draw from), C{windows}.
    @raise ArchiveError: there is no archive, or it can't be read. @raise Interrupted: C{stop} was set.
    """
    store.require()
    now = session.now()
    drawn = sorted(_candidates(store, seed, now))
    windows = [_Window(store, session, one, now) for one in drawn[:count]]
    Collector(concurrency, stop).collect([window.task for window in windows])
    results = [window.result() for window in windows]
    outcomes = [result["outcome"] for result in results]
    return {
        "seed": seed,
        "created": now,
        "created_iso": to_iso(now),
        "candidates": len(drawn),
        "windows": results,
        "outcomes": {outcome: outcomes.count(outcome) for outcome in (SAME, DIFFERS, FAILED)},
    }


def _candidates(store: Store, seed: str, now: int) -> Iterable[Drawn]:
    """Windows that are stated complete, and that the service still has wholly."""
    for stream in find_streams(store):
        try:
            head = Chain(store, stream).head()
        except ArchiveError:
            continue  # verification states it
        for row in head.commit["coverage"] if head is not None else ():
            if row[VERDICT] == COMPLETE and row[START] >= now - KEEP_MS + EDGE_MS and head is not None:
                text = "/".join([seed, *stream, str(row[START])])
                yield Drawn(hashlib.sha256(text.encode("utf-8")).hexdigest(), head, stream, row[START], row[END])


class _Window:
    """One window while it is asked for."""

    def __init__(self, store: Store, session: Session, drawn: Drawn, now: int) -> None:
        self.store = store
        self.drawn = drawn
        self._lock = threading.Lock()
        self._service: dict[_Key, bytes] = {}
        stream = drawn.stream
        cfw = Cfw(session, region=drawn.head.commit["stream"].get("region"))
        params: dict[str, Any] = {"fw_instance_id": stream.fw_instance_id, "log_type": stream.log_type}
        if session.enterprise_project_id:
            params["enterprise_project_id"] = session.enterprise_project_id
        source = Source(cfw, stream.project_id, params)
        self.task = Task(source, Reading(), drawn.start, drawn.end, now + _SLACK_MS, self._take)

    def _take(self, records: Iterable[Record]) -> None:
        kept = {(one.start_time, one.log_id): one.raw for one in records if self.drawn.start <= one.start_time < self.drawn.end}
        with self._lock:
            self._service.update(kept)

    def result(self) -> dict[str, Any]:
        """The window's outcome: records that both have, that only one has, and that are not the same."""
        drawn = self.drawn
        told: dict[str, Any] = {**drawn.stream._asdict(), "start": drawn.start, "end": drawn.end}
        told.update(start_iso=to_iso(drawn.start), end_iso=to_iso(drawn.end), requests=self.task.source.requests, error=self._failure())
        try:
            archived = self._archived()
        except CloudAuditError as exc:
            archived, told["error"] = {}, str(exc)
        service = self._service
        told.update(service=len(service), archived=len(archived))
        told["missing"] = len(service.keys() - archived.keys())
        told["gone"] = len(archived.keys() - service.keys())
        told["different"] = sum(1 for key in service.keys() & archived.keys() if not _same(service[key], archived[key]))
        differs = told["missing"] or told["gone"] or told["different"]
        told["outcome"] = FAILED if told["error"] else DIFFERS if differs else SAME
        return told

    def _failure(self) -> str | None:
        if self.task.error is not None:
            return str(self.task.error)
        verdicts = judge([(self.drawn.start, self.drawn.end)], [self.task])
        if not verdicts:
            return "It was not asked for wholly."
        return "; ".join(verdicts[0].reasons) or None

    def _archived(self) -> dict[_Key, bytes]:
        found: dict[_Key, bytes] = {}
        committed = Committed(Chain(self.store, self.drawn.stream))
        date = date_of(self.drawn.start)  # no window crosses midnight
        for entry in committed.files(date, self.drawn.head.sequence):
            first, last = span_of(entry, date)
            if first >= self.drawn.end or last < self.drawn.start:
                continue
            for block in committed.blocks(entry):
                for key, line in zip(block.keys, block.lines()):
                    if self.drawn.start <= key[0] < self.drawn.end:
                        found[key] = line
        return found


def _same(sent: bytes, archived: bytes) -> bool:
    """Whether a line is what was sent; one with a line break inside was rewritten compactly."""
    archived = archived.rstrip(b"\n")
    return sent == archived or ((b"\n" in sent or b"\r" in sent) and json.loads(sent) == json.loads(archived))
