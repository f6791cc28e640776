# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run over many streams: what the module cfw_flow_log_archive does."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from operator import itemgetter
from typing import Any, Callable, Mapping, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.archiving_progress import ArchivingProgress
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.coverage import END, KEEP_MS, RECORDS, START, VERDICT
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.forecast import forecast
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.planning import oldest_open, ranges
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.rechecking import can_count, sample
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.stream_run import FEW_RECORDS, StreamRun, share_budget
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import UNPROVEN, VERDICTS, Window
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.api import Cfw
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.collector import Collector
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.reading import Reading
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.source import Source
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.time_range import is_relative, parse, roughly, to_iso
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ApiError, CloudAuditError, Interrupted, TransportError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.progress import Progress
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import Stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import Store, open_store

CLOCK_TOLERANCE_MS = 60_000


def archive_flow_logs(
    session: Session, options: Mapping[str, Any], *, check_mode: bool, stop: threading.Event, progress: Progress | None = None
) -> dict[str, Any]:
    """Collect into the archive and return the module's result. C{progress} is told how to describe the work.

    C{options}: C{archive}, C{firewalls}, C{log_types}, C{start_time} and C{end_time} as the user gave them, C{window}
    and C{settle} in ms, C{recheck}, C{recheck_requests}, C{concurrency}, C{encoding}, C{signer} (None: unsigned),
    C{enterprise_project_id}, C{diff}, C{forecast_requests}.
    @raise CloudAuditError: nothing could be done. What fails for one stream is in that stream's C{error}.
    """
    store = open_store(options["archive"], **options.get("store", {}))
    runs = _runs(session, options)
    stand = ArchivingProgress(runs, session)
    if progress is not None:
        progress.shows(stand.line)
    with ThreadPoolExecutor(options["concurrency"]) as pool:
        _read_states(runs, pool, stand)
        now = session.now()
        start, end = (parse(options[name], now, name) for name in ("start_time", "end_time"))
        when = {"start": start, "end": end, "now": now, "start_is_relative": is_relative(options["start_time"])}
        when.update((name, options[name]) for name in ("settle", "window", "recheck"))
        stand.step("reading the archive's streams", len(runs))
        _each(pool, runs, lambda run: run.prepare(store, options.get("signer"), **when), stand)
        if not check_mode:
            _sample(runs)
            stand.step("looking for late records in streams", len(runs))
            _each(pool, runs, StreamRun.recheck, stand)
    if not check_mode:
        share_budget(runs, options["recheck_requests"])
        _collect(store, runs, session, options, stop, stand)
    expected = forecast(runs, session, options, now, stop) if check_mode and options["forecast_requests"] else None
    result = _result(store, runs, session, start, end, check_mode, bool(options.get("diff")))
    return result if expected is None else {**result, "forecast": expected}


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


def _each(pool: ThreadPoolExecutor, runs: Sequence[StreamRun], step: Callable[[StreamRun], None], stand: ArchivingProgress) -> None:
    """Take a step for every stream that has not failed; what fails is that stream's error."""

    def one(run: StreamRun) -> None:
        try:
            step(run)
        except CloudAuditError as exc:
            run.errors.append(exc)
        stand.taken()

    list(pool.map(one, [run for run in runs if not run.errors]))


def _read_states(runs: Sequence[StreamRun], pool: ThreadPoolExecutor, stand: ArchivingProgress) -> None:
    """Note each firewall's name and status: an empty window of a firewall that is off means something else.

    Without the permission to list firewalls their logs may still be readable: then the state stays unknown.
    """
    places = {(run.cfw.base_url, run.stream.project_id): run for run in runs}
    stand.step("listing the firewalls of projects", len(places))

    def listing(run: StreamRun) -> dict[str, dict[str, Any]]:
        try:
            return {str(firewall.get("fw_instance_id")): firewall for firewall in run.cfw.firewalls(run.stream.project_id)}
        except (ApiError, TransportError):
            return {}
        finally:
            stand.taken()

    listings = dict(zip(places, pool.map(listing, places.values())))
    for run in runs:
        known = listings[run.cfw.base_url, run.stream.project_id].get(run.stream.fw_instance_id)
        if known is not None:
            run.state = {"name": known.get("fw_instance_name") or known.get("name"), "status": known.get("status")}


def _sample(runs: Sequence[StreamRun]) -> None:
    """Learn each service's readings from its stream with the most records, where rechecking depends on them."""
    for reading in {id(run.reading): run.reading for run in runs}.values():
        candidates = [run for run in runs if run.reading is reading and not run.errors and run.known_records > FEW_RECORDS]
        for run in sorted(candidates, key=lambda run: run.known_records, reverse=True)[:2]:
            try:
                sample(run.source, reading, run.plan.known)
            except CloudAuditError as exc:
                run.errors.append(exc)
            if can_count(reading):
                break


def _collect(store: Store, runs: Sequence[StreamRun], session: Session, options: Mapping[str, Any], stop: threading.Event, stand: ArchivingProgress) -> None:
    started = session.now()
    with store.workspace() as folder:

        def commit(run: StreamRun) -> None:
            try:
                run.commit(store, session.now(), options["encoding"], started)
            except CloudAuditError as exc:
                run.errors.append(exc)

        tasks = []
        without_tasks = []
        for number, run in enumerate(runs):
            if run.errors:
                continue
            work = os.path.join(folder, str(number))
            os.mkdir(work, 0o700)
            own = run.tasks(started, work, commit)
            tasks += own
            if not own:
                without_tasks.append(run)
        collector = Collector(options["concurrency"], stop)
        stand.collects(collector)
        collector.collect(tasks)
        with ThreadPoolExecutor(options["concurrency"]) as pool:
            list(pool.map(commit, without_tasks))


def _result(store: Store, runs: Sequence[StreamRun], session: Session, start: int, end: int, check_mode: bool, diff: bool) -> dict[str, Any]:
    now = session.now()
    streams = [_stream_result(run, start, end, check_mode) for run in runs]
    until = min(now, end)
    open_since = [instant for run in runs for instant in [oldest_open(run.coverage, max(start, run.plan.start), until)] if instant is not None]
    result: dict[str, Any] = {
        "changed": any(stream["planned"]["new"] for stream in streams) if check_mode else any(run.result and run.result.changed for run in runs),
        "archive": store.location,
        "streams": streams,
        **{total: sum(stream[total] for stream in streams) for total in ("records", "added", "bytes")},
        "requests": session.counters.requests,
        "problems": _problems(session),
        "time_to_loss": max(0, (min(open_since) + KEEP_MS - now) // 1000) if open_since else None,
    }
    if diff:
        result["diff"] = {"before": "", "after": "".join(line for run in runs for line in _diff(run, check_mode))}
    return result


def _problems(session: Session) -> list[str]:
    """What did not fail, and should be known."""
    offset = session.clock_offset or 0
    if abs(offset) <= CLOCK_TOLERANCE_MS:
        return []
    return [f"The service's clock differs from this machine's by {offset // 1000} s; windows are judged by the service's. Check NTP."]


def _stream_result(run: StreamRun, start: int, end: int, check_mode: bool) -> dict[str, Any]:
    inside = [row for row in run.coverage if row[START] >= start and row[END] <= end]
    left = [] if check_mode else run.left()
    windows = {verdict: sum(1 for row in inside if row[VERDICT] == verdict) for verdict in VERDICTS}
    return {
        **run.stream._asdict(),
        "name": run.firewall.get("name") or (run.state or {}).get("name"),
        "windows": {**windows, "left": len(left), "not_rechecked": len(run.not_rechecked)},
        "planned": {"new": len(run.plan.new), "recheck": len(run.plan.known)},
        "records": sum(row[RECORDS] for row in inside),
        "added": run.result.added if run.result else 0,
        "bytes": run.result.bytes if run.result else 0,
        "lateness": run.result.lateness if run.result else [],
        "requests": run.source.requests,
        "head": run.head.sha256 if run.head else None,
        "sequence": run.head.sequence if run.head else 0,
        "reasons": sorted({reason for window in run.asked for reason in window.reasons}),
        "error": _error(run, left),
    }


def _error(run: StreamRun, left: Sequence[tuple[int, int]]) -> str | None:
    if run.errors:
        stopped = all(isinstance(error, Interrupted) for error in run.errors)
        error = "Stopped before all was collected." if stopped else str(run.errors[0])
        return f"{error} {len(left)} {'window is' if len(left) == 1 else 'windows are'} left, the oldest begins {to_iso(left[0][0])}." if left else error
    unproven = [window for window in run.asked if window.verdict == UNPROVEN]
    early = [window for window in unproven if window.end <= window.asked_at - KEEP_MS]
    others = [window for window in unproven if window.end > window.asked_at - KEEP_MS]
    return " ".join(told for told in (_told_early(early), _told_unproven(others)) if told) or None


def _told_early(windows: Sequence[Window]) -> str:
    if not windows:
        return ""
    length = roughly(sum(window.end - window.start for window in windows))
    return (
        f"{length} of the range, from {to_iso(windows[0].start)} on, lie before the seven days that the service keeps: what it still sent of them is archived, "
        "and that it is all can't be proven. Start at -7d."
    )


def _told_unproven(windows: Sequence[Window]) -> str:
    if not windows:
        return ""
    count = "1 window is" if len(windows) == 1 else f"{len(windows)} windows are"
    return f"{count} unproven, the first begins {to_iso(windows[0].start)}: {windows[0].reasons[0]}."


def _diff(run: StreamRun, check_mode: bool) -> list[str]:
    """A line for each range: neighbouring windows to which the same happens are one."""
    if check_mode:
        return [f"{run.stream} {to_iso(low)} {to_iso(high)} to be collected\n" for low, high in ranges(run.plan.new)]
    told = []
    changed = run.result.windows if run.result else []
    for verdict, windows in groupby(changed, key=itemgetter("verdict")):
        same = list(windows)
        for low, high in ranges([(window["start"], window["end"]) for window in same]):
            added = sum(window["added"] for window in same if low <= window["start"] < high)
            told.append(f"{run.stream} {to_iso(low)} {to_iso(high)} {verdict}, {added} added\n")
    return told
