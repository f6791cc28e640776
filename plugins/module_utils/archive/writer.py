# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commits what a run collected for one stream: data first, then days, then the commit that makes them count.

Everything before the commit can be lost, repeated or left behind without harm. The commit's sequence decides between
writers; the loser starts again from the winner's state, so what both collected is committed once.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, Iterable, Iterator, NamedTuple, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import coverage
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import FORMAT, Chain, Head, link_to
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.closing import close_days, open_days
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.committed import Committed, span_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.data_files import NewFile, write_files
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import Signer, require_signer
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.spool import Spool
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import COMPLETE, Window
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.block import Block, Known, block_of, without
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.encoding import check_encoding
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, CommitConflict
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, Stream, date_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import Store

ATTEMPTS = 20
LATENESS_MS = (900_000, 3_600_000, 21_600_000, 86_400_000, 259_200_000, 604_800_000)  # 15 min, 1 h, 6 h, 1 d, 3 d, 7 d


class Result(NamedTuple):
    """What a commit did."""

    head: Head | None  #: the newest commit now; None while the stream has none
    changed: bool
    windows: list[dict[str, Any]]  #: as in the commit
    added: int  #: records
    bytes: int  #: stored bytes of new data files
    lateness: list[list[int | None]]  #: [at most this many ms after the window's end (None: later), records]
    days: list[str]  #: dates whose summary was written
    problems: list[str]  #: what could not be done but did not stop the commit


def commit_stream(
    store: Store,
    stream: Stream,
    spool: Spool,
    asked: Sequence[Window],
    *,
    now: int,
    encoding: str,
    collection: dict[str, Any],
    firewall: dict[str, Any] | None,
    region: str | None,
    endpoint: str | None,
    previous_head: Head | None = None,
    only_new: bool = False,
    signer: Signer | None = None,
) -> Result:
    """Commit the spooled records of the windows that a run asked about. Writes nothing when there is nothing to state.

    C{now} is epoch ms by the service's clock. C{previous_head} spares a look-up. With C{only_new} the spool holds no
    record that was committed up to C{previous_head}: then what is archived needs no reading, unless another run came first.
    @raise ArchiveError: the archive can't be read or written. @raise OptionError: the stream is signed, and there is no C{signer}.
    @raise CommitConflict: others were first, twenty times.
    """
    extension = check_encoding(encoding)
    chain = Chain(store, stream)
    committed = Committed(chain)
    head = previous_head if previous_head is not None else chain.head()
    for _attempt in range(ATTEMPTS):
        require_signer(head.commit if head else None, signer)
        attempt = _Attempt(chain, committed, spool, sorted(asked), head, now, only_new and head is previous_head)
        try:
            attempt.prepare(extension)
            return attempt.commit({"region": region, "endpoint": endpoint}, collection, firewall, signer)
        except CommitConflict:
            attempt.withdraw()
            head = chain.head()
    raise CommitConflict(
        f"Other runs committed to {stream} first, {ATTEMPTS} times in a row.", "Run again; let fewer runs write to one archive at once."
    )


class _Attempt:
    """One try to write the commit after C{head}."""

    def __init__(
        self, chain: Chain, committed: Committed, spool: Spool, asked: list[Window], head: Head | None, now: int, only_new: bool
    ) -> None:
        self.chain = chain
        self.store = chain.store
        self.stream = chain.stream
        self.committed = committed
        self.spool = spool
        self.asked = asked
        self.head = head
        self.now = now
        self.only_new = only_new
        self.sequence = 1 if head is None else head.sequence + 1
        self.before: list[coverage.Row] = [] if head is None else head.commit["coverage"]
        self.groups = coverage.join(self.before, asked)
        self.added = [0] * len(asked)
        self.seen = [0] * len(asked)  # records that the service sent, archived before or not
        self.entries: list[dict[str, Any]] = []

    def prepare(self, extension: str) -> None:
        """Write the new records' files and put them into the archive, where they do not count yet."""
        with self.store.workspace() as work:
            files: list[NewFile] = []
            for date in self.spool.dates():
                files += write_files(self._new_blocks(date), work, self.stream, date, self.sequence, extension)
            # only now: what can't be read must be found before anything is in the archive
            self.store.put_many([(file.entry["key"], file.path) for file in files])
            self.entries += [file.entry for file in files]

    def _new_blocks(self, date: str) -> Iterator[Block]:
        blocks = self._seen_blocks(_within(self.spool.merged(date), self.asked))
        first, last = self.spool.span(date)
        if self.head is not None and not self.only_new:
            spans = [(entry, *span_of(entry, date)) for entry in self.committed.files(date, self.head.sequence)]
            known = [Known(self.committed.blocks(entry), start) for entry, start, end in spans if start <= last[0] and end >= first[0]]
            blocks = without(blocks, known)
        for block in blocks:
            for number, count in _count(block, self.asked):
                self.added[number] += count
            yield block

    def _seen_blocks(self, blocks: Iterable[Block]) -> Iterator[Block]:
        for block in blocks:
            for number, count in _count(block, self.asked):
                self.seen[number] += count
            yield block

    def commit(self, place: dict[str, Any], collection: dict[str, Any], firewall: dict[str, Any] | None, signer: Signer | None) -> Result:
        rows, windows = self._state()
        after = coverage.apply(self.before, rows, self.now)
        grown = {date_of(window["start"]) for window in windows if window["added"]}
        still_open = open_days(self.chain, self.head, after)
        days, problems = close_days(self.chain, self.committed, self.head, still_open - grown, self.now)
        added = sum(self.added)
        if self.head is not None:
            problems += self._protect(self.head)  # a run that was killed may not have come to it
        if not windows and not days:
            if self.head is not None:
                problems += self._remove_leftovers(self.head)
            return Result(self.head, False, [], 0, 0, [], [], problems)
        lateness = self._lateness()
        body = {
            "format": FORMAT,
            "sequence": self.sequence,
            "created": self.now,
            "previous": link_to(self.head),
            "stream": dict(self.stream._asdict(), **place),
            "data": self.entries,
            "windows": windows,
            "coverage": after,
            "days": [{"key": day.key, "sha256": day.sha256} for day in days],
            "open_days": sorted(still_open - {day.date for day in days}),
            "collection": dict(collection, duplicates_dropped=self.spool.duplicates, lateness=lateness),
            "firewall": firewall,
        }
        if self.head is not None and self.head.commit.get("removed_before") is not None:
            body["removed_before"] = self.head.commit["removed_before"]  # the newest commit alone says what is there
        head = self.chain.append(signer.signed(body) if signer else body)
        problems += self._protect(head) + self._remove_leftovers(head)
        stored = sum(entry["bytes"] for entry in self.entries)
        return Result(head, True, windows, added, stored, lateness, [day.date for day in days], problems)

    def _state(self) -> tuple[list[coverage.Row], list[dict[str, Any]]]:
        """The rows that the asked windows are now, and the windows whose state this commit changes."""
        rows, windows = [], []
        number = 0
        for group in self.groups:
            added = sum(self.added[number:number + len(group.asked)])
            seen = sum(self.seen[number:number + len(group.asked)])
            number += len(group.asked)
            row = coverage.judge(group, added, self.now)
            rows.append(row)
            if added or len(group.rows) != 1 or group.rows[0][:3] != row[:3]:
                windows.append(_window(group, row, added, seen))
        return rows, windows

    def _lateness(self) -> list[list[int | None]]:
        """How long after their window's end records were found that an earlier run could not see yet.

        What is added to a window that was unproven may have been missed rather than late, and is not counted.
        """
        counts: dict[int | None, int] = {}
        number = 0
        for group in self.groups:
            for window in group.asked:
                before = [row for row in group.rows if row[coverage.START] < window.end and row[coverage.END] > window.start]
                if self.added[number] and before and all(row[coverage.VERDICT] == COMPLETE for row in before):
                    late = window.asked_at - window.end
                    bucket = next((bound for bound in LATENESS_MS if late <= bound), None)
                    counts[bucket] = counts.get(bucket, 0) + self.added[number]
                number += 1
        return [[bound, counts[bound]] for bound in (*LATENESS_MS, None) if bound in counts]

    def withdraw(self) -> None:
        """Remove own files after another writer's commit took the sequence; not those that this commit names too."""
        for entry in self.entries:
            if self.committed.entry(entry["key"], self.sequence) is None:
                self.store.delete(entry["key"])

    def _protect(self, head: Head) -> list[str]:
        """Have the store lock a commit and what it names, if that was asked for."""
        named = [*head.commit["data"], *head.commit["days"]]
        try:
            self.store.protect([*(entry["key"] for entry in named), head.key])
        except ArchiveError as exc:  # the commit stands; the next run tries again
            return [f"Commit {head.sequence} is written, but not locked: {exc}"]
        return []

    def _remove_leftovers(self, newest: Head) -> list[str]:
        """Remove what killed runs left: they tried to write C{newest} about days that the service kept at the commit before it."""
        since = ""
        if newest.sequence > 1:
            base = self.head if self.head is not None and self.head is not newest else self.chain.read(newest.sequence - 1)
            since = date_of(max(0, base.commit["created"] - coverage.KEEP_MS - DAY_MS))
            since = min([since] + [date_of(window.start) for window in self.asked[:1]])
        try:
            for key in self.committed.leftovers(since, newest.sequence):
                self.store.delete(key)
        except ArchiveError as exc:  # the commit stands; the next run tries again
            return [f"Left-overs of an earlier run may remain: {exc}"]
        return []


def _window(group: coverage.Joined, row: coverage.Row, added: int, seen: int) -> dict[str, Any]:
    reasons = sorted({reason for window in group.asked for reason in window.reasons})
    alone = group.asked[0] if len(group.asked) == 1 and group.asked[0][:2] == (group.start, group.end) else None
    complete = row[coverage.VERDICT] == COMPLETE
    return {
        "start": group.start,
        "end": group.end,
        "verdict": row[coverage.VERDICT],
        "reasons": [] if complete else reasons or ["a part of it was unproven before"],
        "added": added,
        "records": row[coverage.RECORDS],
        "settled": row[coverage.SETTLED],
        "service_total": None if alone is None else seen if alone.counted else alone.service_total,
    }


def _count(block: Block, asked: Sequence[Window]) -> Iterator[tuple[int, int]]:
    """(number of an asked window, how many of the block's records start in it)."""
    number = max(0, bisect_right(asked, (block.first[0] + 1,)) - 1)  # type: ignore[type-var]
    while number < len(asked) and asked[number].start <= block.last[0]:
        count = block.records_before(asked[number].end) - block.records_before(asked[number].start)
        if count:
            yield number, count
        number += 1


def _within(blocks: Iterable[Block], asked: Sequence[Window]) -> Iterator[Block]:
    """The records that lie in asked windows. Others are of windows that a stopped or failed run did not finish: the next run's."""
    for block in blocks:
        inside = sum(count for _number, count in _count(block, asked))
        if inside == block.count:
            yield block
        elif inside:
            starts = [window.start for window in asked]
            records = [
                (key[0], key[1], line)
                for key, line in zip(block.keys, block.lines())
                for number in [bisect_right(starts, key[0]) - 1]
                if number >= 0 and key[0] < asked[number].end
            ]
            yield block_of(records)
