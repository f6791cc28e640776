# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removes data past their retention: the only thing that ever takes something out of an archive, and only when it is asked to.

Only data files go, and only those of whole days. The chain, the coverage and the summaries of days stay, so the archive
still says what there was. First a commit states which files are to be removed and why; then they are removed. So a
verifier never meets a file that is missing without a reason; one that could not be removed is stated.
The next run removes what a killed one left.

What the store locks stays, and so does all that is younger: on a bucket with object lock a plain removal would only hide it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import coverage
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import FORMAT, Chain, Head, link_to
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.closing import ClosedDay, close_days, open_days
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.committed import Committed
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import Signer, require_signer
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, CommitConflict, OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.interface import Store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, Stream, is_date, start_of

LEAST_DAYS = 7  #: a younger day can still gain records
ATTEMPTS = 20


class Removal(NamedTuple):
    """What was removed from a stream (in check mode: what would be)."""

    head: Head | None  #: the newest commit now
    files: int
    records: int
    bytes: int
    before: int | None  #: epoch ms; all data of days before it are removed, by this run or by earlier ones
    kept: list[str]  #: keys that are stated as removed and could not be
    locked: list[str]  #: keys, of the first day past the retention that the store locks: it and all later days were left alone
    problems: list[str]  #: why files could not be removed


def remove_expired(
    store: Store,
    stream: Stream,
    *,
    days: int,
    reason: str,
    now: int,
    collection: dict[str, Any],
    signer: Signer | None = None,
    check_mode: bool = False,
) -> Removal:
    """Remove the data of all days that ended at least C{days} times 24 hours before C{now} (epoch ms).

    C{reason} is written into the commit, as are the keys of C{collection} (who, where, which version).
    @raise OptionError: less than seven days, or the stream is signed and there is no C{signer}.
    @raise ArchiveError: the archive can't be read or written; what is stated as removed and was not is in the result instead.
    """
    if days < LEAST_DAYS:
        raise OptionError(
            f"A retention of {days} days is refused: the service still adds records to days that young.",
            f"Give at least {LEAST_DAYS} days.",
            option="retention_days",
            value=days,
            allowed=f"at least {LEAST_DAYS}",
        )
    chain = Chain(store, stream)
    for _attempt in range(ATTEMPTS):
        head = chain.head()
        if head is None:
            return Removal(None, 0, 0, 0, None, [], [], [])
        require_signer(head.commit, signer)
        try:
            return _remove(chain, head, now - days * DAY_MS, reason, now, collection, signer, check_mode)
        except CommitConflict:
            continue
    raise CommitConflict(f"Other runs committed to {stream} first, {ATTEMPTS} times in a row.", "Run again when fewer runs write to the archive.")


def _remove(
    chain: Chain, head: Head, horizon: int, reason: str, now: int, collection: dict[str, Any], signer: Signer | None, check_mode: bool
) -> Removal:
    committed = Committed(chain)
    stated: int | None = head.commit.get("removed_before")
    dates = [folder.partition("date=")[2] for folder in chain.store.folders(chain.stream.data_prefix())]
    expired = [date for date in dates if is_date(date) and start_of(date) + DAY_MS <= horizon]
    unfinished = [entry["key"] for date in expired if stated and start_of(date) < stated for entry in committed.files(date, head.sequence)]
    after = coverage.apply(head.commit["coverage"], [], now)
    still_open = open_days(chain, head, after)
    new = [date for date in expired if not stated or start_of(date) >= stated]
    new, locked = _before_a_lock(chain, committed, head, new)
    summaries: list[ClosedDay] = []
    problems: list[str] = []
    if new and not check_mode:  # a day's summary outlives its data
        summaries, problems = close_days(chain, committed, head, [date for date in still_open if date <= new[-1]], now)
        still_open -= {day.date for day in summaries}
        new = [date for date in new if date < min(still_open, default="9999-12-31")]
    entries = [entry for date in new for entry in committed.files(date, head.sequence)]
    before = start_of(new[-1]) + DAY_MS if entries else stated
    if entries and not check_mode:
        body = {
            "format": FORMAT,
            "sequence": head.sequence + 1,
            "created": now,
            "previous": link_to(head),
            "stream": head.commit["stream"],
            "data": [],
            "windows": [],
            "coverage": after,
            "days": [{"key": day.key, "sha256": day.sha256} for day in summaries],
            "open_days": sorted(still_open),
            "removed": [{"key": entry["key"], "sha256": entry["sha256"], "records": entry["records"], "reason": reason} for entry in entries],
            "removed_before": before,
            "collection": dict(collection, started=now, finished=now),
            "firewall": None,
        }
        head = chain.append(signer.signed(body) if signer else body)
        chain.store.protect([*(day.key for day in summaries), head.key])
    kept = []
    for key in [*unfinished, *(entry["key"] for entry in entries)] if not check_mode else ():
        try:
            if chain.store.is_locked(key):
                raise ArchiveError("The store has locked it.", "The next run removes it, once the lock has ended.", key=key)
            chain.store.delete(key)
        except ArchiveError as exc:
            kept.append(key)
            problems.append(f"{key} is stated as removed, but is still there: {exc}")
    sizes = sum(entry["bytes"] for entry in entries)
    return Removal(head, len(entries), sum(entry["records"] for entry in entries), sizes, before, kept, locked, problems)


def _before_a_lock(chain: Chain, committed: Committed, head: Head, dates: list[str]) -> tuple[list[str], list[str]]:
    """(the dates before the first one of which something is locked, what is locked of that one)."""
    for number, date in enumerate(dates):
        locked = [entry["key"] for entry in committed.files(date, head.sequence) if chain.store.is_locked(entry["key"])]
        if locked:
            return dates[:number], locked
    return dates, []
