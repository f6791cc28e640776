# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that no honest service gives, as the switches ask for them."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import numpy as np

from .table import Table


class Lies:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[Any, int] = {}

    def forget(self) -> None:
        with self._lock:
            self._asked.clear()

    def total(self, honest: int, selection: Any, switches: SimpleNamespace) -> int:
        """`honest`, less `shrinking_total` for each time that the same range and filter was asked before."""
        if not switches.shrinking_total:
            return honest
        with self._lock:
            before = self._asked.get(selection, 0)
            self._asked[selection] = before + 1
        return max(0, honest - before * switches.shrinking_total)

    def told(self, page: np.ndarray, table: Table, selection: Any, count: int, by_cursor: bool, switches: SimpleNamespace) -> np.ndarray:
        """The rows of a page, with the lies that concern rows; `count` is what a full page holds.

        Where the next page goes on from this page's last record, a full page gives up as many of its own rows as it
        gets others, so that nothing but the lie itself is wrong with it.
        """
        if not (switches.duplicate_rows or switches.outside_range or switches.reorder_page):
            return page
        rng = np.random.default_rng([switches.seed, len(page), int(page[0]) if len(page) else 0])
        strangers = self._outside(table, selection, switches.outside_range)
        twice = min(switches.duplicate_rows, max(0, len(page) - 1))
        if by_cursor and len(page) == count:
            page = page[: max(1, count - twice - len(strangers))]
        if twice and len(page):
            strangers = np.concatenate((strangers, rng.choice(page, min(twice, len(page)), replace=False)))
        if len(strangers):
            places = rng.integers(0, max(1, len(page)), len(strangers))  # never behind the last, which is the cursor
            page = np.insert(page, places, strangers)
        return rng.permutation(page) if switches.reorder_page else page

    def _outside(self, table: Table, selection: Any, count: int) -> np.ndarray:
        """`count` rows whose start_time is just before the range or after it."""
        if not count:
            return np.empty(0, dtype=np.int64)
        before = int(np.searchsorted(table.start, selection.low, "left"))
        after = int(np.searchsorted(table.start, selection.high, "right"))
        earlier = np.arange(max(0, before - count), before)
        later = np.arange(after, min(len(table), after + count))
        return np.concatenate((earlier, later))[:count]
