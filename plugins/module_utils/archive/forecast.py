# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a planned run, and each day of logs, will cost: from a sample of the streams that the run would collect."""

from __future__ import annotations

import hashlib
import math
import statistics
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from itertools import zip_longest
from typing import Any, Callable, Dict, Mapping, NamedTuple, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import forecast_model as model
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.coverage import END, KEEP_MS, RECORDS, SETTLED, START
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.forecast_model import DAY_MS, NOTHING, Estimate, Lateness, Paging, Speed, added
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.forecast_sample import (
    LEAST_PARTS,
    MOST_PARTS,
    BoundedSource,
    Budget,
    Sampled,
    Service,
    Spent,
    first_look,
    look_around,
    old_records,
)
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.forecast_storage import stored_bytes
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.forecast_words import advice, summary
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.planning import ranges
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.rechecking import can_count
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.stream_run import URGENT_MS, StreamRun
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.reading import Reading
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.pacing import pace_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.encoding import ENCODINGS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CloudAuditError

MOST_STREAMS = 40  # are sampled: spread over projects and log types they stand for the others
_FAST_LIBRARIES = ("msgspec", "isal")
MOST_LATENESS = 8  # streams of which older pages tell how long sessions last
_MORE_CHANGES = 10  # requests: a window or two may have changed that none was expected to
_HISTORY = Estimate(0.8, 1.0, 1.25)  # what a stream brought before, against what it will bring
_LIKE_THE_SAMPLE = Estimate(0.8, 1.0, 1.1)  # how well records compress, against those of the sample, whose files are short
_SHORT_RANGE = Estimate(0.3, 1.0, 3.0)  # what less than half a day says about a day


class Expected(NamedTuple):
    """What is expected of one stream."""

    planned: Estimate  #: records of the windows that the run asks about for the first time
    a_day: Estimate  #: records
    basis: str  #: as for L{Sampled}; or C{archive}, C{similar} (the sampled streams of its log type), C{unknown} (sampling failed)


def forecast(runs: Sequence[StreamRun], session: Session, options: Mapping[str, Any], now: int, stop: threading.Event) -> dict[str, Any] | None:
    """The forecast as the module returns it; None when stopping was asked for. Streams that can't be sampled are named in it.

    C{options}: C{window}, C{settle}, C{recheck_requests}, C{concurrency}, C{encoding}, C{forecast_requests}.
    """
    runs = [run for run in runs if not run.errors]
    budget = Budget(options["forecast_requests"])
    services = {run.reading: Service(run.reading) for run in runs}
    sampled, failed = _sample(_spread(runs)[: min(MOST_STREAMS, budget.left)], services, budget, options["concurrency"], now)
    if stop.is_set():
        return None
    pagings = {reading: paging_of(service) for reading, service in services.items()}
    expected = _expectations(runs, sampled, failed, now)
    lateness = _lateness(sampled, budget, options["concurrency"], now)
    rows = [record for sample in sampled.values() for record in sample.rows]
    speed, rate_limit = _speed(runs, session, options["concurrency"])
    late = [_late(run, lateness, now) for run in runs]
    new = [added(both) for both in zip((one.planned for one in expected), late)]
    records = added(new)
    requests = added([*_requests(runs, expected, pagings, lateness, options["recheck_requests"], now), _beside(runs, expected, options["concurrency"])])
    sizes, unmeasured = _sizes(runs, expected, sampled)
    result: dict[str, Any] = {
        "streams": len(runs),
        "sampled_streams": len(sampled),
        "sample_requests": options["forecast_requests"] - budget.left,
        "unsampled": [{**run.stream._asdict(), "reason": reason} for run, reason in failed.items()],
        "basis": dict(Counter(one.basis for one in expected)),
        "records": records.rounded(),
        "pages": added(count.times(1 / (pagings[run.reading].page - 1)) for run, count in zip(runs, new)).rounded(),
        "requests": requests.rounded(),
        "seconds": model.seconds(requests, records, speed).rounded(),
        "hours": model.limited_seconds(requests, speed).times(1 / 3600).rounded(3),
        "bytes": _bytes(sizes, list(zip(runs, new))),
        "bytes_not_measured": unmeasured,
        "record_bytes": round(statistics.fmean(len(row.raw) for row in rows), 1) if rows else None,
        "rate_limit": rate_limit,
    }
    return _with_days(result, runs, expected, list(pagings.values()), lateness, speed, sizes, options)


# -- which streams, and what they hold


def _spread(runs: Sequence[StreamRun]) -> list[StreamRun]:
    """All runs in an order whose beginnings are spread over projects and log types; the same order in every run."""

    def mixed(run: StreamRun) -> str:
        return hashlib.sha256("/".join(run.stream).encode()).hexdigest()

    groups: dict[tuple[str, str], list[StreamRun]] = {}
    for run in sorted(runs, key=mixed):
        groups.setdefault((run.stream.project_id, run.stream.log_type), []).append(run)
    return [run for row in zip_longest(*groups.values()) for run in row if run is not None]


def _range(run: StreamRun, now: int) -> tuple[int, int]:
    """What is sampled of a stream: all that is planned, else the last day."""
    return (run.plan.new[0][0], run.plan.new[-1][1]) if run.plan.new else (now - DAY_MS, now)


def _sample(
    runs: Sequence[StreamRun], services: Mapping[Reading, Service], budget: Budget, concurrency: int, now: int
) -> tuple[dict[StreamRun, Sampled], dict[StreamRun, str]]:
    """What was found of the runs, and why nothing was of some."""
    sources = {run: BoundedSource(run.source, budget) for run in runs}
    found: dict[StreamRun, Sampled] = {}
    failed: dict[StreamRun, str] = {}

    def looked(run: StreamRun, look: Callable[[BoundedSource, Service, int, int], Sampled]) -> None:
        try:
            found[run] = look(sources[run], services[run.reading], *_range(run, now))
        except Spent:
            pass  # what was found before has to do
        except CloudAuditError as exc:
            failed[run] = str(exc)
            found.pop(run, None)

    with ThreadPoolExecutor(concurrency) as pool:
        list(pool.map(lambda run: looked(run, first_look), runs))
        large = [run for run, sample in found.items() if sample.basis == "place"]
        # Where pages lie across the ranges, a place takes two requests.
        each = 1 if all(run.reading.pages_along_axis for run in large) else 2
        large = large[: budget.left // (LEAST_PARTS * each)]
        # a part of the budget is left for bursts, and for older records
        parts = max(LEAST_PARTS, min(MOST_PARTS, budget.left * 3 // 4 // (each * max(1, len(large)))))
        list(pool.map(lambda run: looked(run, lambda source, service, start, end: look_around(source, service, start, end, parts)), large))
    for run in runs:
        run.source.add_requests(sources[run])
    return found, failed


def _lateness(sampled: Mapping[StreamRun, Sampled], budget: Budget, concurrency: int, now: int) -> Lateness:
    """How long sessions last, from pages so old that long ones have ended, of the streams with the most records.

    These pages' records are added to the sample's.
    """

    def look_back(run: StreamRun) -> list[Record]:
        source = BoundedSource(run.source, budget)
        records = old_records(source, now)
        run.source.add_requests(source)
        return records

    busiest = sorted(sampled, key=lambda run: sampled[run].records.expected, reverse=True)[:MOST_LATENESS]
    with ThreadPoolExecutor(concurrency) as pool:
        old = list(pool.map(look_back, busiest))
    for run, records in zip(busiest, old):
        sampled[run].rows.extend(records)
    rows = [record for records in old for record in records] or [record for sample in sampled.values() for record in sample.rows]
    return Lateness(max(0, record.end_time - record.start_time) for record in rows if record.end_time is not None)


def _expectations(runs: Sequence[StreamRun], sampled: Mapping[StreamRun, Sampled], failed: Mapping[StreamRun, str], now: int) -> list[Expected]:
    """What is expected of each run: found for it, told by its archive, or like the sampled ones of its log type; nothing of what failed."""
    days = {run: _a_day(run, sample, now) for run, sample in sampled.items()}
    typical = {log_type: _typical([day for run, day in days.items() if run.stream.log_type == log_type]) for log_type in {run.stream.log_type for run in days}}
    anything = _typical(list(days.values()))
    expected = []
    for run in runs:
        planned = sum(end - start for start, end in run.plan.new) / DAY_MS
        history = _history(run, now)
        if run in sampled:
            start, end = _range(run, now)
            rest = sampled[run].records.times(planned * DAY_MS / (end - start))
            expected.append(Expected(rest, history or days[run], sampled[run].basis))
        elif history is not None:
            expected.append(Expected(history.times(planned), history, "archive"))
        elif run in failed or not days:
            expected.append(Expected(NOTHING, NOTHING, "unknown"))
        else:
            day = typical.get(run.stream.log_type, anything)
            expected.append(Expected(day.times(planned), day, "similar"))
    return expected


def _a_day(run: StreamRun, sample: Sampled, now: int) -> Estimate:
    start, end = _range(run, now)
    day = sample.records.times(DAY_MS / (end - start))
    return day if end - start >= DAY_MS / 2 else Estimate(*(value * factor for value, factor in zip(day, _SHORT_RANGE)))


def _history(run: StreamRun, now: int) -> Estimate | None:
    """Records a day by the archive, which must hold a day at least of the last seven."""
    rows = [row for row in run.coverage if row[START] >= now - model.KEPT_DAYS * DAY_MS]
    length = sum(row[END] - row[START] for row in rows)
    return _HISTORY.times(sum(row[RECORDS] for row in rows) * DAY_MS / length) if length >= DAY_MS else None


def _typical(days: Sequence[Estimate]) -> Estimate:
    """What a stream that was not sampled brings a day, by those that were."""
    if not days:
        return NOTHING
    low, mean, high = (statistics.fmean(values) for values in zip(*days))
    if len(days) == 1:
        return Estimate(low / 3, mean, high * 3)
    error = 2 * statistics.stdev(day.expected for day in days) / math.sqrt(len(days))
    return Estimate(max(0.0, low - error), mean, high + error)


# -- what this run costs


def paging_of(service: Service) -> Paging:
    """How a service pages, by what the sample has shown."""
    reading = service.reading
    if reading.way is None:
        overhead = model.SPLITTING if reading.no_way else model.NOT_LEARNT
    elif reading.way.kind == "offset":
        overhead = model.OFFSET
    else:
        overhead = model.CURSOR if reading.pages_along_axis else model.CURSOR_ACROSS
    learnt = reading.way is not None or reading.no_way
    return Paging(service.page or model.PAGE, overhead, can_count(reading) if learnt else True, model.exactly(1.0) if service.page else model.DOUBTED)


def _requests(
    runs: Sequence[StreamRun], expected: Sequence[Expected], pagings: Mapping[Reading, Paging], lateness: Lateness, recheck_requests: int, now: int
) -> list[Estimate]:
    """Requests for new windows and for known ones."""
    requests = []
    uncounted = 0.0
    for run, one in zip(runs, expected):
        paging = pagings[run.reading]
        requests.append(_reading(run, one, paging, now))
        if run.known_records > model.FEW_RECORDS and not paging.counts:
            uncounted += run.known_records / (paging.page - 1)
        elif run.known_records > model.FEW_RECORDS:
            requests.append(_rechecking(run, paging, lateness, now))
    # where changes can't be counted the oldest windows are read again, as many as all streams together may
    return [*requests, model.exactly(min(uncounted, recheck_requests or math.inf))]


def _reading(run: StreamRun, one: Expected, paging: Paging, now: int) -> Estimate:
    """Requests for the windows that are new, and for those that are known and hold little."""
    windows = run.plan.new
    records = one.planned
    if run.known_records <= model.FEW_RECORDS:
        windows = sorted(windows + [(row[START], row[END]) for row in run.plan.known])
        records = Estimate(*(value + run.known_records for value in records))
    if windows and run.reading.axis == "end_time":
        # what started there may have ended at any time since
        records = records.times(max(1.0, (now - windows[0][0]) / sum(end - start for start, end in windows)))
    urgent = bool(windows) and windows[0][0] < now - KEEP_MS + URGENT_MS and run.reading.order != "oldest_first"
    return model.reading_requests(records, len(ranges(windows)), paging, urgent)


def _rechecking(run: StreamRun, paging: Paging, lateness: Lateness, now: int) -> Estimate:
    """Requests that find by counting which of the known windows have changed, and read these again."""
    known = run.plan.known
    # A record of a window may have appeared since it was asked about: between `settled` after its end and now.
    changed = [lateness.changes(row[RECORDS], row[SETTLED], now - row[END]) for row in known]
    pages = [row[RECORDS] / (paging.page - 1) for row in known]
    again = sum(chance * number for chance, number in zip(changed, pages))
    expected = again + model.halving_requests(changed) + model.stretches(changed)
    return Estimate(max(1.0, 0.4 * expected), expected, 2.5 * expected + _MORE_CHANGES)


def _late(run: StreamRun, lateness: Lateness, now: int) -> Estimate:
    """Records that known windows have gained since they were asked about."""
    gained = sum(row[RECORDS] * lateness.share(row[SETTLED], now - row[END]) for row in run.plan.known)
    return Estimate(gained / 3, gained, 3 * gained)


def _beside(runs: Sequence[StreamRun], expected: Sequence[Expected], concurrency: int) -> Estimate:
    """Requests that belong to no stream."""
    busiest = max((one.planned.expected / (model.PAGE - 1) for one in expected), default=0.0)
    projects = {(run.cfw.base_url, run.stream.project_id) for run in runs}
    return model.run_requests(busiest, concurrency, len({run.reading for run in runs}), len(projects))


Sizes = Dict[str, Dict[str, float]]  # by log type, by encoding: bytes of a record in the archive


def _sizes(runs: Sequence[StreamRun], expected: Sequence[Expected], sampled: Mapping[StreamRun, Sampled]) -> tuple[Sizes, list[str]]:
    """What records take, and the encodings of which that was not measured; a log type without a sample is like all others."""
    sizes: Sizes = {}
    unmeasured: list[str] = []
    for log_type in {run.stream.log_type for run in runs}:
        of_type = [(run, one) for run, one in zip(runs, expected) if run.stream.log_type == log_type]
        rows = [row for run, sample in sampled.items() if run.stream.log_type == log_type for row in sample.rows]
        rows = rows or [row for sample in sampled.values() for row in sample.rows]
        sizes[log_type], unmeasured = stored_bytes(rows, _records_a_file(of_type))
    return sizes, unmeasured


def _bytes(sizes: Sizes, records: Sequence[tuple[StreamRun, Estimate]]) -> dict[str, dict[str, float]]:
    return {encoding: added(_sized(count, sizes[run.stream.log_type][encoding]) for run, count in records).rounded() for encoding in ENCODINGS}


def _sized(records: Estimate, size: float) -> Estimate:
    return Estimate(*(count * size * factor for count, factor in zip(records, _LIKE_THE_SAMPLE)))


def _records_a_file(streams: Sequence[tuple[StreamRun, Expected]]) -> float:
    """How many records the file is long that a typical record lies in: a commit writes a file for each day."""
    files = [(one.planned.expected, len({start // DAY_MS for start, _end in run.plan.new}) or 1) for run, one in streams]
    records = sum(count for count, _days in files)
    return sum(count * count / days for count, days in files) / records if records else 0.0


def _speed(runs: Sequence[StreamRun], session: Session, concurrency: int) -> tuple[Speed, dict[str, Any]]:
    """How quickly requests may and can be sent; each endpoint has a limit of its own."""
    endpoints = Counter(run.cfw.base_url for run in runs)
    paces = [pace_of(url, session.principal) for url in endpoints]
    named = min((pace.named_rate for pace in paces if pace.named_rate is not None), default=None)
    rate = model.paced(named or model.ASSUMED_RATE, session.rate_limit) if named or not session.rate_limit else session.rate_limit
    source = "rate_limit" if rate == session.rate_limit else "learned" if named else "assumed"
    shown = session.rate_limit if source == "rate_limit" else named or model.ASSUMED_RATE
    fast = all(find_spec(library) is not None for library in _FAST_LIBRARIES)
    share = max(endpoints.values()) / len(runs) if runs else 1.0
    latency = max((pace.latency for pace in paces), default=0.0)
    return Speed(rate, latency, concurrency, fast, share), {"requests_per_second": shown, "source": source}


# -- what each day of logs costs


def _with_days(
    result: dict[str, Any],
    runs: Sequence[StreamRun],
    expected: Sequence[Expected],
    pagings: Sequence[Paging],
    lateness: Lateness,
    speed: Speed,
    sizes: Sizes,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    # the dearest of several services stands for all
    paging = max(pagings, key=lambda paging: (not paging.counts, paging.overhead), default=Paging())
    how = model.Collecting(options["window"], options["settle"], options["recheck_requests"], paging)
    streams = [model.Stream(day, count) for day, count in Counter(one.a_day for one in expected).items()]
    records = added(one.a_day for one in expected)
    days = {schedule.name: model.day(streams, schedule, lateness, how) for schedule in model.SCHEDULES}
    busy = {name: model.seconds(day.requests, records.times(day.reads), speed) for name, day in days.items()}
    verdicts = {name: model.keeps_up(seconds) for name, seconds in busy.items()}
    # the most thorough one of those that do best
    best = min(verdicts, key=lambda name: model.VERDICTS.index(verdicts[name]))
    known = any(one.basis != "unknown" for one in expected)
    result["per_day"] = {
        "records": records.rounded(),
        "bytes": _bytes(sizes, [(run, one.a_day) for run, one in zip(runs, expected)]),
        "evidence_bytes": round(days[best].evidence),
        "slices": model.slices(records.expected * days[best].reads, days[best].requests.expected, speed),
        "schedules": {
            name: {
                "requests": day.requests.rounded(),
                "hours": busy[name].times(1 / 3600).rounded(3),
                "reads": round(day.reads, 2),
                "keeps_up": verdicts[name] if known else "unsure",
            }
            for name, day in days.items()
        },
    }
    once = model.limited_seconds(records.times(1 / (paging.page - 1)), speed).expected
    result["schedule"] = best
    result["keeps_up"] = verdicts[best] if known else "unsure"
    result["advice"] = advice(result, once, model.backlog_seconds(once))
    result["summary"] = summary(result, options["encoding"])
    return result
