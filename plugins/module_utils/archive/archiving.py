# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run over many streams: plan, collect, commit. What the module cfw_flow_log_archive does."""

from __future__ import annotations

import os
import platform
import threading
from typing import Any, Mapping, Sequence

from ansible.module_utils.ansible_release import __version__ as ansible_version

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import coverage as rows_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import Chain, Head
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.judging import judge
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.layout import Stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.planning import Plan, oldest_open, plan, ranges
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.spool import Spool
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.store import LocalStore, open_store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import COMPLETE, UNPROVEN, Window
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.writer import Result, commit_stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.api import Cfw
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.collector import Collector, Task
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.reading import Reading
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.source import Source
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.time_range import parse, to_iso
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ApiError, CloudAuditError, TransportError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.version import VERSION

CLOCK_SLACK_MS = 5000  # the service's clock is known to about a second; a range "until now" ends a little later


class StreamRun:
    """What one run does for one stream."""

    def __init__(self, stream: Stream, firewall: Mapping[str, Any], cfw: Cfw, reading: Reading, source: Source) -> None:
        self.stream = stream
        self.firewall = firewall
        self.state: dict[str, Any] | None = None  #: the firewall's name and status, where they could be read
        self.cfw = cfw
        self.reading = reading
        self.source = source
        self.head: Head | None = None
        self.plan = Plan([], [], 0)
        self.tasks: list[Task] = []
        self.open_tasks = 0
        self.spool: Spool | None = None
        self.outside = 0  #: records that the service sent though they start outside the windows asked about
        self.result: Result | None = None
        self.errors: list[CloudAuditError] = []
        self.asked: list[Window] = []
        self.lock = threading.Lock()

    @property
    def coverage(self) -> list[Any]:
        return self.head.commit["coverage"] if self.head else []

    def take(self, records: Sequence[Record]) -> None:
        """Keep the records that start in a window that is asked about."""
        wanted = ranges(self.plan.windows)
        kept = [record for record in records if any(low <= record.start_time < high for low, high in wanted)]
        if len(kept) != len(records):
            with self.lock:
                self.outside += len(records) - len(kept)
        if kept and self.spool is not None:
            self.spool.add(kept)


def archive_flow_logs(session: Session, options: Mapping[str, Any], *, check_mode: bool, stop: threading.Event) -> dict[str, Any]:
    """Collect into the archive and return the module's result.

    C{options}: C{archive}, C{firewalls}, C{log_types}, C{start_time} and C{end_time} as the user gave them, C{window}
    and C{settle} in ms, C{recheck}, C{concurrency}, C{encoding}, C{enterprise_project_id}, C{diff}.
    @raise CloudAuditError: nothing could be done. What fails for one stream is in that stream's C{error}.
    """
    store = open_store(options["archive"])
    runs = _runs(session, options)
    _read_states(runs)
    now = session.now()
    start, end = (parse(options[name], now, name) for name in ("start_time", "end_time"))
    for run in runs:
        try:
            run.head = Chain(store, run.stream).head()
            run.plan = plan(
                run.coverage, start=start, end=end, now=now, settle=options["settle"], window=options["window"], recheck=options["recheck"]
            )
        except CloudAuditError as exc:
            run.errors.append(exc)
    if not check_mode:
        _collect(store, runs, session, options, now, stop)
    return _result(store, runs, session, start, end, check_mode, bool(options.get("diff")))


def _runs(session: Session, options: Mapping[str, Any]) -> list[StreamRun]:
    services: dict[str, tuple[Cfw, Reading]] = {}
    runs = []
    for firewall in options["firewalls"]:
        cfw = Cfw(session, region=firewall.get("region"), endpoint=firewall.get("endpoint"))
        cfw, reading = services.setdefault(cfw.base_url, (cfw, Reading()))
        project_id = firewall.get("project_id") or session.project_id()
        for log_type in options["log_types"]:
            params = {"fw_instance_id": firewall["fw_instance_id"], "log_type": log_type}
            if options.get("enterprise_project_id"):
                params["enterprise_project_id"] = options["enterprise_project_id"]
            stream = Stream(project_id, firewall["fw_instance_id"], log_type)
            runs.append(StreamRun(stream, firewall, cfw, reading, Source(cfw, project_id, params)))
    return runs


def _read_states(runs: Sequence[StreamRun]) -> None:
    """Note each firewall's name and status: an empty window of a firewall that is off means something else.

    Without the permission to list firewalls their logs may still be readable: then the state stays unknown.
    """
    listings: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for run in runs:
        place = (run.cfw.base_url, run.stream.project_id)
        if place not in listings:
            try:
                listings[place] = {str(firewall.get("fw_instance_id")): firewall for firewall in run.cfw.firewalls(run.stream.project_id)}
            except (ApiError, TransportError):
                listings[place] = {}
        known = listings[place].get(run.stream.fw_instance_id)
        if known is not None:
            run.state = {"name": known.get("name") or known.get("fw_instance_name"), "status": known.get("status")}


def _collect(store: LocalStore, runs: Sequence[StreamRun], session: Session, options: Mapping[str, Any], now: int, stop: threading.Event) -> None:
    started = session.now()

    def finished(run: StreamRun) -> None:
        with run.lock:
            run.open_tasks -= 1
            if run.open_tasks:
                return
        _commit(store, run, session, options, started)

    with store.workspace() as folder:
        for number, run in enumerate(runs):
            windows = run.plan.windows
            if not windows or run.errors:
                continue
            work = os.path.join(folder, str(number))
            os.mkdir(work, 0o700)
            run.spool = Spool(work)
            asked = ranges(windows)
            if run.reading.axis != "start_time":
                asked = [(asked[0][0], asked[-1][1])]  # each range would be asked until now: then one does for all
            for low, high in asked:
                run.tasks.append(
                    Task(run.source, run.reading, low, high, now + CLOCK_SLACK_MS, run.take, lambda _task, run=run: finished(run), priority=low)
                )
            run.open_tasks = len(run.tasks)
        Collector(options["concurrency"], stop).collect([task for run in runs for task in run.tasks])


def _commit(store: LocalStore, run: StreamRun, session: Session, options: Mapping[str, Any], started: int) -> None:
    run.errors.extend(task.error for task in run.tasks if task.error is not None)
    run.asked = judge(run.plan.windows, run.tasks)
    collection = {
        "started": started,
        "finished": session.now(),
        "requests": run.source.requests,
        "request_ids": run.source.request_ids,
        "request_ids_omitted": run.source.request_ids_omitted,
        "reading": run.reading.as_dict(),
        "outside": run.outside,
        "clock_offset": session.clock_offset,
        "principal": session.principal,
        "host": platform.node(),
        "collection_version": VERSION,
        "ansible_version": ansible_version,
    }
    assert run.spool is not None
    try:
        run.result = commit_stream(
            store,
            run.stream,
            run.spool,
            run.asked,
            now=session.now(),
            encoding=options["encoding"],
            collection=collection,
            firewall=run.state,
            region=run.firewall.get("region") or session.region,
            endpoint=run.cfw.base_url,
            previous_head=run.head,
        )
        run.head = run.result.head or run.head
    except CloudAuditError as exc:
        run.errors.append(exc)


def _result(store: LocalStore, runs: Sequence[StreamRun], session: Session, start: int, end: int, check_mode: bool, diff: bool) -> dict[str, Any]:
    now = session.now()
    streams = [_stream_result(run, start, end, check_mode) for run in runs]
    open_since = [instant for run in runs for instant in [oldest_open(run.coverage, max(start, run.plan.start), min(now, end))] if instant is not None]
    result: dict[str, Any] = {
        "changed": any(stream["planned"]["new"] for stream in streams) if check_mode else any(run.result and run.result.changed for run in runs),
        "archive": store.location,
        "streams": streams,
        "records": sum(stream["records"] for stream in streams),
        "added": sum(stream["added"] for stream in streams),
        "bytes": sum(stream["bytes"] for stream in streams),
        "requests": session.counters.requests,
        "time_to_loss": max(0, (min(open_since) + rows_of.KEEP_MS - now) // 1000) if open_since else None,
    }
    if diff:
        result["diff"] = {"before": "", "after": "".join(line for run in runs for line in _diff(run, check_mode))}
    return result


def _stream_result(run: StreamRun, start: int, end: int, check_mode: bool) -> dict[str, Any]:
    inside = [row for row in run.coverage if row[rows_of.START] >= start and row[rows_of.END] <= end]
    verdicts = {verdict: sum(1 for row in inside if row[rows_of.VERDICT] == verdict) for verdict in (COMPLETE, UNPROVEN)}
    asked = {(window.start, window.end) for window in run.asked}
    left = [] if check_mode else [window for window in run.plan.new if window not in asked]
    result = {
        **run.stream._asdict(),
        "name": run.firewall.get("name") or (run.state or {}).get("name"),
        "windows": {**verdicts, "left": len(left)},
        "planned": {"new": len(run.plan.new), "recheck": len(run.plan.known)},
        "records": sum(row[rows_of.RECORDS] for row in inside),
        "added": run.result.added if run.result else 0,
        "bytes": run.result.bytes if run.result else 0,
        "requests": run.source.requests,
        "head": run.head.sha256 if run.head else None,
        "sequence": run.head.sequence if run.head else 0,
        "reasons": sorted({reason for window in run.asked for reason in window.reasons}),
    }
    result["error"] = _error(run, left)
    return result


def _error(run: StreamRun, left: Sequence[tuple[int, int]]) -> str | None:
    if run.errors:
        oldest = f" {len(left)} windows were not collected, the oldest begins {to_iso(left[0][0])}." if left else ""
        return f"{run.errors[0]}{oldest}"
    unproven = [window for window in run.asked if window.verdict == UNPROVEN]
    if unproven:
        return f"{len(unproven)} windows are unproven, the first begins {to_iso(unproven[0].start)}: {unproven[0].reasons[0]}."
    return None


def _diff(run: StreamRun, check_mode: bool) -> list[str]:
    if check_mode:
        return [f"{run.stream} {to_iso(low)} {to_iso(high)} to be collected\n" for low, high in run.plan.new]
    changed = run.result.windows if run.result else []
    return [f"{run.stream} {to_iso(window['start'])} {to_iso(window['end'])} {window['verdict']}, {window['added']} added\n" for window in changed]
