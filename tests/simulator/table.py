# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of one stream as columns, and the questions that pages ask of them. A table never changes: more rows make a new one."""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import Any, NamedTuple, Sequence

import numpy as np

from . import records
from .records import Variant

_versions = itertools.count(1)


class Rows(NamedTuple):
    """Some rows of a table in an order: positions `low` to `high` of `permutation`, or of the table itself (None)."""

    low: int
    high: int
    permutation: np.ndarray | None

    @property
    def size(self) -> int:
        return self.high - self.low

    def take(self, first: int, last: int) -> np.ndarray:
        """Row numbers at the positions [first, last)."""
        if self.permutation is None:
            return np.arange(self.low + first, self.low + last)
        return self.permutation[self.low + first : self.low + last]

    def row(self, position: int) -> int:
        return self.low + position if self.permutation is None else int(self.permutation[self.low + position])


class Table:
    """Columns sorted by (start_time, log_id); times are epoch ms, `visible` is the time from which a row is in pages."""

    def __init__(self, start: np.ndarray, end: np.ndarray, key: np.ndarray, variant: np.ndarray, visible: np.ndarray, variants: Sequence[Variant]) -> None:
        self.version = next(_versions)
        self.variants = variants
        self._rank = _ranks(key, variant, variants)
        order = np.lexsort((key, start) if self._rank is None else (self._rank, key, start))
        self.start, self.end, self.key, self.variant = start[order], end[order], key[order], variant[order]
        self.visible = self.end if visible is end else visible[order]
        if self._rank is not None:
            self._rank = self._rank[order]

    def __len__(self) -> int:
        return len(self.start)

    def with_rows(self, start: np.ndarray, end: np.ndarray, key: np.ndarray, variant: np.ndarray, visible: np.ndarray, variants: Sequence[Variant]) -> Table:
        """A table of these rows too; `variants` replaces the present ones, which it must begin with."""
        join = np.concatenate
        return Table(
            join((self.start, start)), join((self.end, end)), join((self.key, key)), join((self.variant, variant)), join((self.visible, visible)), variants
        )

    @cached_property
    def _by_end(self) -> np.ndarray:
        return np.lexsort((self.key, self.end) if self._rank is None else (self._rank, self.key, self.end))

    @cached_property
    def _sorted_end(self) -> np.ndarray:
        return self.end[self._by_end]

    @cached_property
    def _sorted_visible(self) -> np.ndarray:
        return np.sort(self.visible)

    @cached_property
    def _last_visible(self) -> int:
        return int(self.visible.max()) if len(self) else 0

    @cached_property
    def _first(self) -> dict[str, int]:
        return {name: int(self.column(name).min()) if len(self) else 0 for name in ("start_time", "end_time")}

    def column(self, name: str) -> np.ndarray:
        return self.start if name == "start_time" else self.end

    def epoch(self, now: int, cutoff: int, retention_field: str) -> tuple[int, int]:
        """How many rows are visible by now and how many are gone: answers stay the same while both do."""
        seen = len(self) if now >= self._last_visible else int(np.searchsorted(self._sorted_visible, now, "right"))
        if cutoff <= self._first[retention_field]:
            return seen, 0
        column = self.start if retention_field == "start_time" else self._sorted_end
        return seen, int(np.searchsorted(column, cutoff, "left"))

    def select(self, sort: str, field: str, low: int, high: int, now: int, cutoff: int, retention_field: str, wanted: np.ndarray | None = None) -> Rows:
        """Rows whose `field` (start_time, end_time, overlap) lies in [low, high], both inclusive, ascending by (sort, log_id).

        `wanted` says for each variant whether a filter matches it. Rows not yet visible at `now` and rows with a
        `retention_field` before `cutoff` are left out.
        """
        permutation = None if sort == "start_time" else self._by_end
        begin, stop = 0, len(self)
        narrowed = field == sort or (field == "overlap" and sort == "start_time")
        if narrowed:
            column = self.start if sort == "start_time" else self._sorted_end
            begin = 0 if field == "overlap" else int(np.searchsorted(column, low, "left"))
            stop = max(begin, int(np.searchsorted(column, high, "right")))
        chosen: Any = slice(begin, stop) if permutation is None else permutation[begin:stop]
        masks = []
        if field == "overlap":
            masks.append(self.end[chosen] >= low)
            if not narrowed:
                masks.append(self.start[chosen] <= high)
        elif not narrowed:
            column = self.column(field)[chosen]
            masks.append((column >= low) & (column <= high))
        if now < self._last_visible:
            masks.append(self.visible[chosen] <= now)
        if cutoff > self._first[retention_field]:
            masks.append(self.column(retention_field)[chosen] >= cutoff)
        if wanted is not None:
            masks.append(wanted[self.variant[chosen]])
        if not masks:
            return Rows(begin, stop, permutation)
        mask = np.logical_and.reduce(masks)
        kept = np.flatnonzero(mask) + begin if permutation is None else chosen[mask]
        return Rows(0, len(kept), kept)

    def position(self, rows: Rows, sort: str, value: int, log_id: bytes, after: bool) -> int:
        """The first position of `rows` that is not before (value, log_id), or is after it."""
        column, keys = self.column(sort), self.key
        key = int(records.sort_keys([log_id])[0])
        low, high = 0, rows.size
        while low < high:
            middle = (low + high) // 2
            row = rows.row(middle)
            if (int(column[row]), int(keys[row])) < (value, key):
                low = middle + 1
            else:
                high = middle
        while low < rows.size:
            row = rows.row(low)
            if int(column[row]) != value or int(keys[row]) != key:
                break
            found = self.log_id(row)
            if found > log_id or (found == log_id and not after):
                break
            low += 1
        return low

    def bound(self, rows: Rows, sort: str, value: int, after: bool) -> int:
        """The first position of `rows` whose sort field is not before `value`, or is after it."""
        column = self.column(sort)
        low, high = 0, rows.size
        while low < high:
            middle = (low + high) // 2
            found = int(column[rows.row(middle)])
            if found < value or (after and found == value):
                low = middle + 1
            else:
                high = middle
        return low

    def log_ids(self, rows: np.ndarray) -> list[bytes]:
        return records.log_ids(self.key[rows], self.variants, self.variant[rows].tolist())

    def log_id(self, row: int) -> bytes:
        return self.log_ids(np.array([row]))[0]

    def has_id(self, log_id: bytes) -> bool:
        same = np.flatnonzero(self.key == records.sort_keys([log_id])[0])
        return log_id in self.log_ids(same)

    def texts(self, rows: np.ndarray, numbers: bool) -> list[bytes]:
        """The JSON text of these rows, in this order."""
        chosen = self.variant[rows].tolist()
        ids = records.log_ids(self.key[rows], self.variants, chosen)
        return records.render(self.variants, chosen, ids, self.start[rows].tolist(), self.end[rows].tolist(), numbers)


def _ranks(key: np.ndarray, variant: np.ndarray, variants: Sequence[Variant]) -> np.ndarray | None:
    """Where IDs share their first eight bytes: the order of their full texts. None where no two do."""
    if len(variants) == records.POOL_SIZE:
        return None  # generated IDs differ in the first eight bytes
    order = np.argsort(key, kind="stable")
    same = np.flatnonzero(key[order][1:] == key[order][:-1])
    if not len(same):
        return None
    ranks = np.zeros(len(key), dtype=np.int64)
    rows = np.unique(np.concatenate((order[same], order[same + 1])))
    ids: list[Any] = records.log_ids(key[rows], variants, variant[rows].tolist())
    ranks[rows[sorted(range(len(rows)), key=ids.__getitem__)]] = np.arange(1, len(rows) + 1)
    return ranks
