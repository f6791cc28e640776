# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One answer from an archive: is all there, of which firewalls, of which time, unaltered, kept long enough, and where is it not?

From commits and summaries of days; data are read only where verification, or a summary of open days, is asked to.
The shape of the answer is docs/schemas/audit-1.schema.json.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.judging import EXPIRED
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import PublicKeys
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.streams import find_streams, find_streams_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit import retention, words
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit import scope as scopes
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit import timeline as times
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.findings import NOTICE, OBJECT_FAULTS, counts, finding, of_verification, ordered
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.history import SUMS, WHO, History
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.timeline import Range, timeline
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.traffic import Traffic
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.time_range import to_iso
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.firewalls import STATUS_TEXTS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.progress import Progress
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.interface import Store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, Stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.findings import ERROR, WARNING
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.verify import verify
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.version import VERSION

FORMAT = "cloudaudit.huaweicloud/audit/1"
RECHECKED_MS = DAY_MS  #: a window that was not asked for again this long after its end can lack longer sessions


class Question(NamedTuple):
    """What an audit is asked. Times are epoch ms, lengths ms."""

    expected: list[dict[str, Any]] | None
    log_types: Sequence[str]
    scope: str
    unreadable: list[dict[str, Any]]
    start: int | None
    end: int | None
    settle: int
    depth: str
    heads: Sequence[str]
    rules: Sequence[retention.Rule]
    traffic: bool
    open_days: bool
    spot_check: Mapping[str, Any] | None
    public_keys: PublicKeys | None


class _StreamAudit:
    """One stream while it is judged."""

    def __init__(self, stream: Stream, presence: str, report: Mapping[str, Any] | None, history: History, question: Question, now: int) -> None:
        self.stream = stream
        self.presence = presence
        self.report = report
        self.history = history
        self.known = report is not None and report["head"] is not None  # else nobody knows what is covered
        self.rows: list[list[Any]] = history.coverage if self.known else []
        self.last = now
        if self.rows and presence == scopes.NOT_EXPECTED:
            self.last = min(now, self.rows[-1][1])  # nothing is missing of a firewall that is no more
        start = question.start if question.start is not None else self.rows[0][0] if self.rows else None
        end = self.last if question.end is None else min(question.end, self.last)
        self.ranges: list[Range] = timeline(self.rows, start, end, now, question.settle) if self.known and start is not None and start < end else []
        self.all_time: list[Range] = timeline(self.rows, self.rows[0][0], self.last, now, question.settle) if self.rows else []

    def place(self) -> dict[str, str]:
        return self.stream._asdict()

    def gaps(self, now: int) -> list[dict[str, Any]]:
        return [
            {**self.place(), **_times(one.start, one.end), "state": one.state, "time_left": _seconds(times.time_left(one, now))}
            for one in self.ranges
            if one.state in times.MISSING
        ]

    def result(self, name: str | None, now: int) -> dict[str, Any]:
        head = self.report["head"] if self.report is not None else None
        head = head or {"sha256": None, "sequence": 0, "key": None}
        history = self.history
        settled = [one.settled for one in self.ranges if one.state == times.COMPLETE_STATE and one.settled is not None]
        oldest = self.rows[0][0] if self.rows else None
        return {
            **self.place(),
            "name": name,
            "presence": self.presence,
            "region": history.region,
            "head": head["sha256"],
            "head_key": head["key"],
            "sequence": head["sequence"],
            "commits": self.report["commits"] if self.report is not None else 0,
            "first_commit": history.first if history.first_sequence == 1 else None,
            "last_commit": history.last,
            "coverage": [{**_times(one.start, one.end), "state": one.state, "records": one.records, "settled": one.settled} for one in self.ranges],
            "states": times.totals(self.ranges),
            "gaps": self.gaps(now),
            "signatures": self.report["signatures"] if self.report is not None else {},
            "records": self.report["records"] if self.report is not None else 0,
            "bytes": self.report["bytes"] if self.report is not None else 0,
            "oldest": oldest,
            "oldest_iso": None if oldest is None else to_iso(oldest),
            "least_settled": min(settled, default=None),
            "late_records": history.late,
            "status": (history.firewall or {}).get("status"),
            "off_ranges": [{**_times(start, end), "status": status} for start, end, status in history.quiet if status is not None],
            "longest_pause": history.longest_pause,
            "removed_before": history.removed_before,
        }

    def findings(self, now: int) -> Iterable[dict[str, Any]]:
        for one in self.ranges:
            span = (one.start, one.end)
            length = words.length(one.end - one.start)
            left = times.time_left(one, now)
            if one.state == times.LOST:
                yield self._state("time-lost", ERROR, f"{length} were never collected, and the service keeps them no longer.", span)
            elif one.state == times.COLLECTABLE:
                message = f"{length} are not collected yet; the service drops the oldest of it in {words.length(left or 0)}."
                yield self._state("time-collectable", WARNING, message, span)
            elif one.state == times.UNPROVEN:
                reasons = self.history.reasons(*span)
                why = "; ".join(reasons)
                message = f"{length} were collected, but that nothing is missing in it could not be proven{': ' + why if why else ''}."
                advice: str | None = None
                if reasons == [EXPIRED]:
                    message = (
                        f"{length} were asked for when the service had begun to drop them: what it still had is archived; that this is all can't be proven."
                    )
                    advice = "Start the collection at -7d, and run it at least daily. The records that are there stand; note it as a limit of the evidence."
                kind, severity = ("time-unproven-for-good", ERROR) if left is None else ("time-unproven", WARNING)
                yield self._state(kind, severity, message, span, advice)
            elif one.state == times.COMPLETE_STATE and one.settled is not None and one.settled < RECHECKED_MS:
                message = (
                    f"A part of {length} was last asked for {words.length(max(0, one.settled))} after its end: "
                    "sessions that were open for longer than that may be missing."
                )
                yield self._state("closed-early", NOTICE, message, span)
        unknown = [(start, end) for start, end, status in self.history.quiet if status is None]
        for start, end, status in self.history.quiet:
            if status is None:
                continue
            text = STATUS_TEXTS.get(status, f"unknown ({status})")
            message = f"{words.length(end - start)} are empty, and the firewall was {text} when they were collected: no traffic was logged, not none sent."
            yield self._state("empty-while-off", NOTICE, message, (start, end))
        if unknown:
            total = sum(end - start for start, end in unknown)
            message = f"{words.length(total)} are empty, and whether the firewall was running when they were collected is not known."
            yield self._state("empty-status-unknown", NOTICE, message, (unknown[0][0], unknown[-1][1]))

    def _state(self, kind: str, severity: str, message: str, span: tuple[int | None, int | None], advice: str | None = None) -> dict[str, Any]:
        head = self.report["head"] if self.report is not None else None
        return finding(kind, severity, message, stream=self.stream, span=span, evidence=[head["key"]] if head else [], advice=advice)


def audit(store: Store, question: Question, now: int, progress: Progress | None = None) -> dict[str, Any]:
    """Audit an archive. @raise ArchiveError: there is none, or the place can't be read. @raise OptionError: a head is not one."""
    if progress is not None:
        progress.shows(lambda: "listing the archive's streams")
    store.require()
    archived, complete = _archived(store, question)
    scope = scopes.compare(question.expected, question.log_types, archived, question.unreadable, question.scope)
    histories: dict[Stream, History] = defaultdict(History)
    whole = complete and set(scope.streams) >= set(archived)
    report = verify(
        store,
        streams=None if whole else sorted(set(scope.streams) & set(archived)),
        start=question.start,
        end=question.end,
        depth=question.depth,
        heads=question.heads,
        public_keys=question.public_keys,
        now=now,
        observe=lambda stream, head: histories[stream].see(head),
        progress=progress,
    )
    reports = {Stream(**one["stream"]): one for one in report["streams"]}
    streams = [_StreamAudit(stream, presence, reports.get(stream), histories[stream], question, now) for stream, presence in scope.streams.items()]
    names = {(one.stream.project_id, one.stream.fw_instance_id): (one.history.firewall or {}).get("name") for one in streams}
    names.update(scope.names)
    found = [of_verification(one) for one in report["findings"]]
    found += _scope_findings(scope, streams)
    for one in streams:
        found += one.findings(now)
    judged = [_judge_rule(rule, streams, found, question.depth, now) for rule in question.rules]
    found += [entry for rule in judged for entry in _retention_findings(rule)]
    spot = dict(question.spot_check) if question.spot_check else None
    if spot:
        found += _spot_findings(spot)
    found = ordered(found)
    results = [one.result(names[one.stream.project_id, one.stream.fw_instance_id], now) for one in streams]
    gaps = [gap for result in results for gap in result["gaps"]]
    states = {state: sum(result["states"][state] for result in results) for state in times.STATES}
    left = [rest for one in streams for part in one.ranges for rest in [times.time_left(part, now)] if rest is not None]
    start, end = _span(question, streams, now)
    oldest = min((result["oldest"] for result in results if result["oldest"] is not None), default=None)
    severities = counts(found)
    compliant = bool(results) and not severities[ERROR] and not any(states[state] for state in (times.UNPROVEN, *times.MISSING))
    return {
        "format": FORMAT,
        "created": now,
        "created_iso": to_iso(now),
        "collection_version": VERSION,
        "archive": store.location,
        **_times(start, end),
        "settle": question.settle,
        "compliant": compliant,
        "verdict": "failed" if severities[ERROR] else "sound" if compliant and not severities[WARNING] else "attention",
        "severities": severities,
        "scope": {
            "which": question.scope,
            "expected": None if question.expected is None else len(question.expected),
            "log_types": list(question.log_types),
            "firewalls": _firewalls(results, scope.project_names),
            "unreadable": scope.unreadable,
        },
        "states": states,
        "time_to_loss": _seconds(min(left, default=None)),
        "streams": results,
        "gaps": gaps,
        "retention": judged,
        "integrity": {
            "depth": question.depth,
            "heads": len(question.heads),
            "findings": len(report["findings"]),
            "signatures": _sums(one["signatures"] for one in report["streams"]),
        },
        "spot_check": spot,
        "provenance": _provenance(histories.values()),
        "findings": found,
        "records": report["records"],
        "bytes": report["bytes"],
        "oldest": oldest,
        "oldest_iso": None if oldest is None else to_iso(oldest),
        "traffic": _traffic(store, question, streams, start, end),
    }


def _archived(store: Store, question: Question) -> tuple[list[Stream], bool]:
    """The streams that the archive has, as far as the question is about them, and whether it has no others."""
    if question.expected is None or question.scope == scopes.ARCHIVE:
        return find_streams(store), True
    return find_streams_of(store, [(one["project_id"], one["fw_instance_id"]) for one in question.expected])


def _span(question: Question, streams: Sequence[_StreamAudit], now: int) -> tuple[int, int]:
    """The time that the whole audit is about: what was asked, or all that is covered until now."""
    start = question.start
    if start is None:
        start = min((one.ranges[0].start for one in streams if one.ranges), default=now)
    end = now if question.end is None else min(question.end, now)
    return start, max(start, end)


def _firewalls(results: Sequence[Mapping[str, Any]], project_names: Mapping[str, str]) -> list[dict[str, Any]]:
    """One entry for each firewall: its worst presence, and the log types that are archived."""
    firewalls: dict[tuple[str, str], dict[str, Any]] = {}
    for result in results:
        entry = firewalls.setdefault(
            (result["project_id"], result["fw_instance_id"]),
            {
                "project_id": result["project_id"],
                "project_name": project_names.get(result["project_id"]),
                "fw_instance_id": result["fw_instance_id"],
                "name": result["name"],
                "region": None,
                "status": None,
                "status_text": None,
                "log_types": {},
            },
        )
        entry["log_types"][result["log_type"]] = result["presence"]
        entry["region"] = entry["region"] or result["region"]
        if result["status"] is not None:
            entry["status"] = result["status"]
            entry["status_text"] = STATUS_TEXTS.get(result["status"], f"unknown ({result['status']})")
    for entry in firewalls.values():
        presences = list(entry["log_types"].values())
        entry["presence"] = max(presences, key=scopes.PRESENCES.index)
    return list(firewalls.values())


def _scope_findings(scope: scopes.Scope, streams: Sequence[_StreamAudit]) -> Iterable[dict[str, Any]]:
    for entry in scope.unreadable:
        if entry.get("fw_instance_id") is None:
            name = entry.get("project_name") or entry["project_id"]
            what = f"The project {name}" if entry["project_id"] else name  # without an ID it is an account that refuses as a whole
            message = f"{what} could not be read, so which firewalls are there, and what they logged, is not known: {entry['error']}"
            yield finding("project-unreadable", ERROR, message, about=str(entry["project_id"] or name))
    for one in streams:
        if one.presence == scopes.NEVER_ARCHIVED:
            yield finding("never-archived", ERROR, "The firewall is expected, and nothing of this log type is archived.", stream=one.stream)
    for entry in scope.unreadable:
        if entry.get("fw_instance_id") is not None:
            types = [entry["log_type"]] if entry.get("log_type") else sorted({one.stream.log_type for one in streams})
            for log_type in types:
                stream = Stream(entry["project_id"], entry["fw_instance_id"], log_type)
                if stream in scope.streams:
                    yield finding("stream-unreadable", ERROR, f"The last collection could not read it: {entry['error']}", stream=stream)
    for firewall in sorted({one.stream[:2] for one in streams if one.presence == scopes.NOT_EXPECTED}):
        gone = [one for one in streams if one.stream[:2] == firewall and one.presence == scopes.NOT_EXPECTED]
        last = max((one.rows[-1][1] for one in gone if one.rows), default=None)
        message = f"The firewall is archived, and is not among those that exist now{'' if last is None else '; its archive ends ' + to_iso(last)}."
        yield finding("no-longer-expected", NOTICE, message, stream=gone[0].stream, count=len(gone))


def _judge_rule(rule: retention.Rule, streams: Sequence[_StreamAudit], found: Sequence[Mapping[str, Any]], depth: str, now: int) -> dict[str, Any]:
    spans: dict[Stream, list[tuple[int, int]]] = {}
    for fault in found:
        if fault["kind"] in OBJECT_FAULTS and fault["start"] is not None and fault["project_id"] is not None:
            spans.setdefault(Stream(fault["project_id"], fault["fw_instance_id"], fault["log_type"]), []).append((fault["start"], fault["end"]))
    judged = []
    for one in streams:
        if one.presence == scopes.NOT_EXPECTED and one.last <= now - rule.days * DAY_MS:
            continue  # what there was is older than the rule asks for
        removed_before = one.history.removed_before
        missing = spans.get(one.stream, ())
        judgement = retention.judge(rule, one.all_time, missing, now, removed_before=removed_before, objects_seen=depth != "none")
        judged.append({**one.place(), "state": judgement.state, "reason": judgement.reason, "since": one.rows[0][0] if one.rows else None})
    states = [one["state"] for one in judged]
    none = retention.MET if states else retention.NOT_YET_PROVABLE
    worst = next((state for state in (retention.NOT_MET, retention.NOT_YET_PROVABLE) if state in states), none)
    return {**rule._asdict(), "state": worst, "since": now - rule.days * DAY_MS, "streams": judged}


def _retention_findings(rule: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    for one in rule["streams"]:
        if one["state"] == retention.NOT_MET:
            stream = Stream(one["project_id"], one["fw_instance_id"], one["log_type"])
            message = f"{rule['name']} asks for {rule['days']} days; it is not met: {one['reason']}."
            yield finding("retention-not-met", ERROR, message, stream=stream, about=rule["name"])
    waiting = [one for one in rule["streams"] if one["state"] == retention.NOT_YET_PROVABLE]
    if waiting:
        reasons = sorted({one["reason"] for one in waiting})
        message = f"{rule['name']} asks for {rule['days']} days; for {words.count(len(waiting), 'stream')} that is not yet provable: {'; '.join(reasons)}."
        yield finding("retention-not-yet-provable", NOTICE, message, about=rule["name"], count=len(waiting))


def _spot_findings(spot: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    for window in spot["windows"]:
        stream = Stream(window["project_id"], window["fw_instance_id"], window["log_type"])
        span = (window["start"], window["end"])
        if window["outcome"] == "differs":
            message = (
                f"Asked again, the service sent {window['service']} records; {window['missing']} of them are not archived, "
                f"{window['different']} are archived otherwise, and {window['gone']} archived ones were not sent."
            )
            yield finding("spot-check-differs", ERROR if window["different"] or window["gone"] else WARNING, message, stream=stream, span=span)
        elif window["outcome"] == "failed":
            yield finding("spot-check-failed", WARNING, f"Asking again failed: {window['error']}", stream=stream, span=span)


def _provenance(histories: Iterable[History]) -> dict[str, Any]:
    """Who collected, from where, with what: each value with the number of commits that state it."""
    who: dict[str, dict[str, int]] = {name: {} for name in WHO}
    sums: dict[str, int] = {"commits": 0, "omitted": 0, **dict.fromkeys(SUMS, 0)}
    offset = 0
    for history in histories:
        sums["commits"] += history.commits
        sums["omitted"] += history.who_omitted
        for name, values in history.who.items():
            for value, count in values.items():
                who[name][value] = who[name].get(value, 0) + count
        for name, count in history.sums.items():
            sums[name] += count
        offset = max(offset, history.clock_offset, key=abs)
    return {
        **{name: [{"value": value, "commits": count} for value, count in sorted(values.items())] for name, values in sorted(who.items())},
        **sums,
        "largest_clock_offset": offset,
    }


def _traffic(store: Store, question: Question, streams: Sequence[_StreamAudit], start: int, end: int) -> dict[str, Any] | None:
    if not question.traffic or start >= end:
        return None
    traffic = Traffic(store, start, end, question.open_days)
    for one in streams:
        if one.known and one.report is not None:
            traffic.add(one.stream, one.rows, one.report["head"]["sequence"])
    return traffic.result()


def _sums(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for one in counts:
        for name, count in one.items():
            sums[name] = sums.get(name, 0) + count
    return sums


def _times(start: int, end: int) -> dict[str, Any]:
    return {"start": start, "start_iso": to_iso(start), "end": end, "end_iso": to_iso(end)}


def _seconds(length: int | None) -> int | None:
    return None if length is None else length // 1000
