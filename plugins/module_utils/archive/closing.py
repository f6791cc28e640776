# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Closes a day: once all its windows have left the service's seven days, its summary is written, once.

A summary is made from commits that exist already, never from the run's own new records: so all writers that could
close a day from the same state write the same bytes.
"""

from __future__ import annotations

import hashlib
import os
from typing import Any, Iterable, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import coverage
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import Chain, Head, document
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.committed import Committed
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.days import Summary
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, CommitConflict
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, dates_between, start_of


class ClosedDay(NamedTuple):
    """A summary that lies in the archive and counts as soon as a commit names it."""

    date: str
    key: str
    sha256: str


def open_days(chain: Chain, head: Head | None, after: list[coverage.Row]) -> set[str]:
    """The dates that hold windows and have no summary. Each commit carries them on: so no run looks through all days."""
    covered_now = _dates(after)
    if head is None:
        return covered_now
    covered_before = _dates(head.commit["coverage"])
    carried: Any = head.commit.get("open_days")
    if not isinstance(carried, list):  # another program's commit
        carried = [date for date in covered_before if not chain.store.exists(chain.stream.day_key(date))]
    return set(carried) | (covered_now - covered_before)


def _dates(rows: list[coverage.Row]) -> set[str]:
    return {date for row in rows for date in dates_between(row[coverage.START], row[coverage.END])}


def close_days(chain: Chain, committed: Committed, head: Head | None, dates: Iterable[str], now: int) -> tuple[list[ClosedDay], list[str]]:
    """Write the summaries of the dates that have left the seven days; also returns what went wrong with others.

    A day that can't be closed now stays open: the next run tries again.
    @raise CommitConflict: another writer is further than C{head}.
    """
    closed, problems = [], []
    for date in sorted(dates):
        if start_of(date) + DAY_MS > now - coverage.KEEP_MS:
            continue
        try:
            closed.append(_close(chain, committed, head, date))
        except CommitConflict:
            raise
        except ArchiveError as exc:
            problems.append(f"The day {date} can't be summarised: {exc}")
    return closed, problems


def _close(chain: Chain, committed: Committed, head: Head | None, date: str) -> ClosedDay:
    summary = Summary()
    for entry in committed.files(date, head.sequence) if head is not None else ():
        for block in committed.blocks(entry):
            summary.add_lines(block.lines())
    key = chain.stream.day_key(date)
    data = document(summary.result(chain.stream, date))
    if not chain.store.create(key, data) and chain.store.read(key) != data:
        # left by a killed run that knew less; or written by a living one that knows more, then this one is too late
        newest = chain.head()
        if (newest.sequence if newest else 0) != (head.sequence if head else 0):
            raise CommitConflict(f"{key} was written by another run meanwhile.", "Go on from its commit.", key=key)
        with chain.store.workspace() as work:
            path = os.path.join(work, "day.json")
            with open(path, "wb") as stream:
                stream.write(data)
            chain.store.put(key, path)
    return ClosedDay(date, key, hashlib.sha256(data).hexdigest())
