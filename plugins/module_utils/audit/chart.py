# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The geometry of the report's pictures. Numbers only: the template writes them as SVG, and the style sheet has the colours.

A state is told by shape as well as by colour, so that a black and white print, and an eye that sees no colours, tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import HOUR_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit import words
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.timeline import STATES
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS

HEIGHT = 12
HOURLY_MS = 8 * DAY_MS  #: up to this length a cell is an hour
_NOTHING = -1
#: (top, height) of the bands that a state is drawn with
_BANDS = {
    "complete": ((0, 12),),
    "rechecking": ((0, 5), (7, 5)),
    "settling": ((5, 2),),
    "unproven": ((0, 2), (5, 2), (10, 2)),
    "collectable": ((6, 6),),
    "lost": ((0, 3), (9, 3)),
}
_LABELS = 8  # as many fit below a picture on a wide screen; every other one on a phone


def path(state: str, x: float, width: float) -> str:
    """The outline of a state's bands from C{x} on."""
    return "".join(f"M{x:g} {top}h{width:g}v{height}h-{width:g}z" for top, height in _BANDS[state])


class Calendar:
    """Firewalls by days (or hours): each cell has the worst state of the firewall's streams in it."""

    def __init__(self, start: int, end: int) -> None:
        self.unit = HOUR_MS if end - start <= HOURLY_MS else DAY_MS
        self.start = start - start % self.unit
        self.cells = max(1, -(-(end - self.start) // self.unit))

    def row(self, streams: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Runs of equal cells: C{state}, C{path}, C{title}; cells of which nothing is known are left out."""
        worst = [_NOTHING] * self.cells
        for stream in streams:
            for one in stream["coverage"]:
                rank = STATES.index(one["state"])
                first = max(0, (one["start"] - self.start) // self.unit)
                last = min(self.cells, -(-(one["end"] - self.start) // self.unit))
                for cell in range(first, last):
                    worst[cell] = max(worst[cell], rank)
        runs = []
        begin = 0
        for cell in range(1, self.cells + 1):
            if cell < self.cells and worst[cell] == worst[begin]:
                continue
            if worst[begin] != _NOTHING:
                state = STATES[worst[begin]]
                runs.append({"state": state, "path": path(state, begin, cell - begin), "title": f"{self._text(begin, cell)}: {state}"})
            begin = cell
        return runs

    def _text(self, first: int, last: int) -> str:
        low, high = self.start + first * self.unit, self.start + last * self.unit
        if self.unit == HOUR_MS:
            return f"{words.moment(low)} to {words.moment(high)}"
        return words.date(low) if last == first + 1 else f"{words.date(low)} to {words.date(high - 1)}"

    def labels(self) -> list[dict[str, Any]]:
        return axis(self.start, self.cells, self.unit)


def axis(start: int, cells: int, unit: int, most: int = _LABELS) -> list[dict[str, Any]]:
    """At C{most} so many labels of a time axis: C{text}, its place C{x} in percent, and whether it is C{minor}: left out on narrow screens."""
    hours = cells * unit / HOUR_MS
    step = next((step for step in (1, 3, 6, 12, 24, 48, 72, 168, 336, 720, 1440, 2160, 4320, 8760, 17520) if hours / step <= most), 87600)
    every = max(1, step * HOUR_MS // unit)
    whole_days = unit * every >= DAY_MS
    begin = -start % DAY_MS // unit if whole_days else 0  # a date stands where it begins
    labels = []
    for number, at in enumerate(range(begin, cells, every)):
        if at and at > cells * 0.9:
            break  # its text would stick out
        time = start + at * unit
        text = words.date(time) if whole_days else words.moment(time)[5:]
        labels.append({"text": text, "x": round(100 * at / cells, 2), "minor": bool(number % 2)})
    return labels


def bars(points: Sequence[Mapping[str, Any]], field: str, unit: int) -> dict[str, Any] | None:
    """Bars over time: C{path} of all of them, and C{unknown}, the path of the cells whose value is not known. None: no value is known."""
    values = [point[field] for point in points]
    known = [value for value in values if value is not None]
    if not known or not max(known):
        return None
    top = max(known)
    text = words.size if field == "bytes" else words.number
    drawn = []
    for at, value in enumerate(values):
        start = points[at]["start"]
        when = words.date(start) if unit == DAY_MS else words.moment(start)
        if value is None:
            drawn.append({"x": at, "y": 97, "height": 3, "known": False, "title": f"{when}: not known"})
        elif value:
            height = max(1.0, 100 * value / top)
            drawn.append({"x": at, "y": round(100 - height, 2), "height": round(height, 2), "known": True, "title": f"{when}: {text(value)}"})
    return {
        "bars": drawn,
        "cells": len(values),
        "top": text(top),
        "sum": text(sum(known)),
        "unknown": len(values) - len(known),
        "labels": axis(points[0]["start"], len(values), unit, _LABELS // 2),  # two of these stand side by side
    }
