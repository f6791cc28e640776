# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what an archive covers and whether it still is what was committed. Needs nothing but the archive.

Depth C{none} reads each stream's newest commit; C{chain} reads all commits and summaries and lists all objects;
C{data} reads all data files (of the dates asked for) as well. Faults are findings, never exceptions: an exception
means that the place itself can't be read.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, Callable, Iterable, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import chain as chains
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import coverage
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import Chain, Head
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.days import FORMAT as DAY_FORMAT
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import PublicKeys
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.streams import find_streams
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.decoding import decode, is_whole
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.progress import Progress
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import (
    DATA,
    DAY_MS,
    Stream,
    parse_commit,
    parse_data,
    parse_day,
    start_of,
)
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import ObjectMissing, Store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.data import Closing, DateCheck
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.findings import ERROR, WARNING, Findings
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.progress import VerifyingProgress
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.signatures import SignatureCheck
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.steps import StepCheck
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.workers import AT_ONCE, Workers

DEPTHS = ("none", "chain", "data")


def verify(
    store: Store,
    *,
    streams: Iterable[Stream] | None = None,
    start: int | None = None,
    end: int | None = None,
    depth: str = "chain",
    heads: Sequence[Any] | None = None,
    public_keys: PublicKeys | None = None,
    now: int,
    observe: Callable[[Stream, Head], None] | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Verify the given streams, or all that the archive holds.

    C{start} and C{end} (epoch ms) bound what is said of coverage and which dates' data is read; chains are always
    checked whole. C{observe} is called with every commit that could be read, a stream's oldest first: so an audit reads the
    chain only once. C{heads} are known heads: SHA-256 values, or dicts with C{sha256}, C{sequence} and a stream's IDs.
    With C{public_keys} each commit read must be signed with one of them, or be followed by one that is. C{progress} is told how to
    describe the work.
    @return: C{streams}, C{gaps}, C{findings} (heaviest first), C{records}, C{bytes}, C{oldest}, C{verified} (epoch ms).
    @raise ArchiveError: there is no archive, or it can't be read. @raise OptionError: an unknown depth or a bad head.
    """
    if depth not in DEPTHS:
        raise OptionError(f"'{depth}' is no depth of verification.", "Use none, chain or data.", option="verify", value=depth, allowed=list(DEPTHS))
    known = [_known_head(head) for head in heads or ()]
    store.require()
    findings = Findings()
    if streams is None:
        found = find_streams(store)
        if depth != "none":
            _check_strays(store, found, findings)
        # a stream that is known from elsewhere, and gone as a whole
        found = sorted({*found, *(Stream(*(head[name] for name in Stream._fields)) for head in known if "sequence" in head)})
    else:
        found = sorted(set(streams))
    seen: set[str] = set()
    stand = VerifyingProgress(len(found))
    if progress is not None:
        progress.shows(stand.line)
    with closing(Workers(store)) as workers:
        reports = [
            _StreamCheck(Chain(store, stream), findings, start, end, depth, known, seen, public_keys, observe, stand, workers).run() for stream in found
        ]
    for head in known:
        if head["sha256"] not in seen and "sequence" not in head:
            findings.add("head-unknown", ERROR, None, f"The known head {head['sha256']} is in none of the chains: one was cut off or written anew.")
    oldest = [report["oldest"] for report in reports if report["oldest"] is not None]
    return {
        "streams": reports,
        "gaps": [dict(report["stream"], start=gap[0], end=gap[1]) for report in reports for gap in report["gaps"]],
        "findings": findings.sorted(),
        "records": None if any(report["records"] is None for report in reports) else sum(report["records"] for report in reports),
        "bytes": None if depth == "none" else sum(report["bytes"] for report in reports),
        "oldest": min(oldest, default=None),
        "depth": depth,
        "verified": now,
    }


def _known_head(head: Any) -> dict[str, Any]:
    known = {"sha256": head} if isinstance(head, str) else dict(head) if isinstance(head, dict) else {}
    sha256 = known.get("sha256")
    sequence = known.get("sequence")
    if not isinstance(sha256, str) or len(sha256) != 64 or (sequence is not None and not is_whole(sequence)):
        raise OptionError("A known head is not a SHA-256 value.", "Take it from an earlier run's result: 64 hex digits.", option="heads", value=str(head)[:100])
    known["sha256"] = sha256.lower()
    if sequence is None or any(name not in known for name in Stream._fields):
        known.pop("sequence", None)  # a number without a stream says nothing
    return known


def _check_strays(store: Store, streams: list[Stream], findings: Findings) -> None:
    """State objects that belong to no stream: in data/ every engine would read them."""
    known = tuple(prefix for stream in streams for prefix in (stream.data_prefix(), stream.evidence_prefix()))
    for key, _size in store.list(""):
        if not key.startswith(known):
            _state_stray(findings, None, key)


def _state_stray(findings: Findings, stream: Stream | None, key: str) -> None:
    severity = ERROR if key.startswith(DATA) else WARNING
    findings.add("object-unknown", severity, stream, "An object lies in the archive that no archive writes.", key)


class _StreamCheck:
    """Checks one stream."""

    def __init__(
        self,
        chain: Chain,
        findings: Findings,
        start: int | None,
        end: int | None,
        depth: str,
        heads: list[dict[str, Any]],
        seen: set[str],
        public_keys: PublicKeys | None,
        observe: Callable[[Stream, Head], None] | None,
        stand: VerifyingProgress,
        workers: Workers,
    ) -> None:
        self.chain = chain
        self.store = chain.store
        self.stream = chain.stream
        self.findings = findings
        self.start = start
        self.end = end
        self.depth = depth
        self.heads = [head for head in heads if all(head.get(name) == value for name, value in self.stream._asdict().items())]
        self.plain_heads = {head["sha256"] for head in heads if "sequence" not in head}
        self.seen = seen
        self.signatures = SignatureCheck(public_keys, findings, self.stream)
        self.steps = StepCheck(findings, self.stream)
        self.observe = observe
        self.stand = stand
        self.workers = workers
        self.head: Head | None = None
        self.commits = 0
        self.records = 0
        self.bytes = 0
        self.listed_days: list[str] = []

    def state(self, kind: str, message: str, key: str | None = None, span: tuple[int, int] | None = None, severity: str = ERROR) -> None:
        self.findings.add(kind, severity, self.stream, message, key, span)

    def run(self) -> dict[str, Any]:
        self.stand.begins(self.stream)
        sequences = self._list_evidence()
        if not sequences:
            self.state("stream-missing", "The archive holds no commit of this stream.")
        elif self.depth == "none" and not self.plain_heads:
            self._read_newest(sequences[-1])
        else:
            self._read_chain(sequences)
        if self.head is not None:
            self.stand.names((self.head.commit.get("firewall") or {}).get("name"))
        self._check_heads(sequences)
        if self.depth != "none":
            self._check_objects(sequences[-1] if sequences else 0)
            closed = self._check_days()
            if self.depth == "data":
                self._check_data(closed)
        return self._report()

    def _list_evidence(self) -> list[int]:
        sequences, days = [], []
        for key, _size in self.store.list(self.stream.evidence_prefix()):
            commit, day = parse_commit(key), parse_day(key)
            if commit is not None and commit[1] > 0 and self.stream.commit_key(commit[1]) == key:
                sequences.append(commit[1])
            elif day is not None:
                days.append(day[1])
            elif self.depth != "none":
                _state_stray(self.findings, self.stream, key)
        self.listed_days = days
        return sequences

    def _read_newest(self, sequence: int) -> None:
        try:
            self.head = self.chain.read(sequence)
            self.commits = sequence
            self.seen.add(self.head.sha256)
            self.signatures.add(self.head)
        except ArchiveError as exc:
            self.state("commit-unreadable", exc.message, self.stream.commit_key(sequence))
            return
        if self.observe is not None:
            self.observe(self.stream, self.head)

    # -- the chain

    def _read_chain(self, sequences: list[int]) -> None:
        before: Head | None = None
        expected = 1
        for sequence in sequences:
            self.stand.read_commit()
            if sequence != expected:
                self.state("commit-missing", f"Commits {expected} to {sequence - 1} are missing.", self.stream.commit_key(expected))
                before = None
            expected = sequence + 1
            key = self.stream.commit_key(sequence)
            try:
                data = self.store.read(key)
                sha256 = hashlib.sha256(data).hexdigest()
                self.seen.add(sha256)
                this = Head(sequence, key, sha256, chains.parse(data, key))
            except ArchiveError as exc:
                self.state("commit-unreadable", exc.message, key)
                before = None
                continue
            self.commits += 1
            # a name twice in an object, for instance: other readers may read it otherwise; of older commits the chain shows it
            if sequence == sequences[-1] and data != chains.document(this.commit):
                self.state("commit-not-canonical", "A commit is written in another form than the collection writes.", key, severity=WARNING)
            self.signatures.add(this)
            if self.observe is not None:
                self.observe(self.stream, this)
            self.steps.add(before, this)
            self.records += sum(window["added"] for window in this.commit["windows"] if self._starts_in_range(window["start"]))
            before = this
        if before is not None and before.sequence == sequences[-1]:
            self.head = before

    def _check_heads(self, sequences: list[int]) -> None:
        newest = sequences[-1] if sequences else 0
        for head in self.heads:
            sequence = head.get("sequence")
            if sequence is None:
                continue
            key = self.stream.commit_key(sequence)
            if sequence > newest:
                self.state("chain-shortened", f"The chain ends at {newest}, but commit {sequence} is known: its end was cut off.", key)
                continue
            try:
                found = hashlib.sha256(self.store.read(key)).hexdigest()
            except ArchiveError:
                found = None
            if found != head["sha256"]:
                self.state("chain-forked", f"Commit {sequence} is not the one that is known as {head['sha256']}.", key)

    # -- objects

    def _check_objects(self, newest: int) -> None:
        missing = {key: date for date, files in self.steps.files.items() for key, entry in files.items() if "removed" not in entry}
        for key, size in self.store.list(self.stream.data_prefix()):
            name = parse_data(key)
            if name is None:
                _state_stray(self.findings, self.stream, key)
                continue
            entry = self.steps.files.get(name.date, {}).get(key)
            if entry is None:
                if name.sequence > newest:
                    message = "A data file that is not committed (yet): a run is under way or was killed; readers of data/ see its records."
                else:
                    message = "A data file that no commit names, a left-over: readers of data/ see its records; the next run that commits removes it."
                self.state("object-uncommitted", message, key, severity=WARNING)
                continue
            missing.pop(key, None)
            if "removed" in entry:
                entry["kept"] = True
                message = f"Commit {entry['removed']} states that this data file is removed, but it is still there: locked, or a run was killed."
                self.state("removal-unfinished", message, key, severity=WARNING)
            self.bytes += size if self._wanted(name.date) else 0
            if size != entry["bytes"] and self.depth != "data":
                self.state("object-changed", f"A data file has {size} bytes; {entry['bytes']} were committed.", key)
        if self.depth == "data":  # reading it states it
            missing = {key: date for key, date in missing.items() if not self._wanted(date)}
        for key, date in sorted(missing.items()):
            self.state("object-missing", "A committed data file is missing.", key, _day_span(date))

    def _check_days(self) -> dict[str, Closing]:
        closed = {}
        for date, (key, sha256, sequence) in sorted(self.steps.days.items()):
            try:
                data = self.store.read(key)
            except ObjectMissing:
                self.state("object-missing", "A committed summary is missing.", key, _day_span(date))
                continue
            except ArchiveError as exc:
                self.state("object-changed", f"A summary can't be read: {exc.message}", key, _day_span(date))
                continue
            if hashlib.sha256(data).hexdigest() != sha256:
                self.state("object-changed", "A summary has other bytes than those that were committed.", key, _day_span(date))
            try:
                summary = decode(data)
            except (ValueError, RecursionError):
                summary = None
            if not isinstance(summary, dict) or summary.get("format") != DAY_FORMAT or summary.get("date") != date:
                self.state("summary-unreadable", "A summary is not the summary of its day.", key, _day_span(date))
                continue
            self._check_summary(date, key, sequence, summary)
            closed[date] = Closing(key, sequence, summary)
        for date in self.listed_days:
            if date not in self.steps.days:
                self.state(
                    "object-uncommitted", "A summary that no commit names: left by a killed run.", self.stream.day_key(date), severity=WARNING
                )
        return closed

    def _check_summary(self, date: str, key: str, sequence: int, summary: dict[str, Any]) -> None:
        files = self.steps.files.get(date, {}).values()
        stated = sum(entry["records"] for entry in files if entry["sequence"] < sequence)
        if summary.get("records") != stated:
            self.state("summary-contradicts-chain", f"The summary of {date} counts other records than the {stated} committed.", key, _day_span(date))
        late = sum(entry["records"] for entry in files if entry["sequence"] >= sequence)
        if late:
            self.state("summary-outdated", f"{late} records of {date} came after its summary.", key, _day_span(date), severity=WARNING)

    def _check_data(self, closed: dict[str, Closing]) -> None:
        dates = [date for date in sorted(set(self.steps.files) | set(closed)) if self._wanted(date)]
        checks = []
        for date in dates:
            entries = self.steps.files.get(date, {}).values()
            whole = all("removed" not in entry for entry in entries)  # else nothing is left to hold the summary against
            left = [entry for entry in entries if "removed" not in entry or "kept" in entry]
            checks.append(DateCheck(self.chain, date, left, closed.get(date) if whole else None, self.findings, whole))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            self.stand.reads_dates(checks)
            self.workers.expect(sum(entry["bytes"] for check in checks for entry in check.entries))
            for _check in pool.map(self.workers.run, checks):
                self.stand.read_date()

    def _wanted(self, date: str) -> bool:
        first = start_of(date)
        return (self.end is None or first < self.end) and (self.start is None or first + DAY_MS > self.start)

    def _starts_in_range(self, start: int) -> bool:
        return (self.start is None or start >= self.start) and (self.end is None or start < self.end)

    # -- the report

    def _report(self) -> dict[str, Any]:
        rows = self.head.commit["coverage"] if self.head is not None else []
        start, end = self.start, self.end
        if start is None and rows:
            start = rows[0][coverage.START]
        if end is None and rows:
            end = rows[-1][coverage.END]
        clipped = coverage.clip(rows, start, end)
        records: int | None = self.records
        if self.depth == "none":
            counts = [row[coverage.RECORDS] for row in clipped]
            records = None if None in counts else sum(counts)
        return {
            "stream": self.stream._asdict(),
            "head": None
            if self.head is None
            else {"sequence": self.head.sequence, "key": self.head.key, "sha256": self.head.sha256, "created": self.head.commit["created"]},
            "commits": self.commits,
            "coverage": clipped,
            "gaps": [list(gap) for gap in coverage.holes(rows, start, end)] if start is not None and end is not None else [],
            "verdicts": coverage.verdict_totals(clipped),
            "signatures": self.signatures.finish(),
            "removed": dict(self.steps.removed, before=None if self.head is None else self.head.commit.get("removed_before")),
            "records": records,
            "bytes": self.bytes if self.depth != "none" else None,
            "oldest": rows[0][coverage.START] if rows else None,
        }


def _day_span(date: str) -> tuple[int, int]:
    return start_of(date), start_of(date) + DAY_MS
