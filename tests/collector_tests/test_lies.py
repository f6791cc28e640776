# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that lies: never a hang, never a full disk, never `complete` and wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from archiving import archived, commits, place, run, truth

from simulator import Simulator

LIES = {
    "repeat_page": True,
    "jump_cursor": 10,
    "shrinking_total": 7,
    "outside_range": 3,
    "reorder_page": True,
    "duplicate_rows": 3,
}
READINGS: list[dict[str, Any]] = [
    {},
    {"order": "oldest_first", "cursor_field": "end_time", "total": "page"},
    {"paging": "offset_only", "total": "capped", "filter_time": "end_time"},
    {"paging": "cursor_needs_offset", "filter_time": "overlap", "end_bound": "exclusive"},
]


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: "-".join(map(str, reading.values())) or "default")
@pytest.mark.parametrize("lie", LIES)
def test_what_a_lying_service_makes_complete_is_true(simulator: Simulator, tmp_path: Path, lie: str, reading: dict[str, Any]) -> None:
    simulator.set(**reading, **{lie: LIES[lie]})
    result = run(simulator, tmp_path)
    simulator.set(**{lie: 0 if isinstance(LIES[lie], int) and not isinstance(LIES[lie], bool) else False})
    lines = archived(tmp_path)
    assert len(set(lines)) == len(lines)
    assert result["requests"] < 2000
    stored = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert stored < 20_000_000
    rows = commits(tmp_path)[-1]["coverage"]
    complete = [(row[0], row[1]) for row in rows if row[2] == "complete"]
    everything = truth(simulator, rows[0][0], rows[-1][1])
    assert within(lines, complete) == within(everything, complete)
    if any(row[2] == "unproven" for row in rows):
        assert "unproven" in result["streams"][0]["error"]
        assert result["streams"][0]["reasons"]
    # told the truth again, the next run has everything
    assert run(simulator, tmp_path)["streams"][0]["error"] is None
    assert archived(tmp_path) == everything


@pytest.mark.parametrize("lie", ["shrinking_total", "outside_range"])
def test_a_contradiction_is_stated_where_nothing_else_proves_the_range(simulator: Simulator, tmp_path: Path, lie: str) -> None:
    simulator.set(**{lie: LIES[lie]})
    stream = run(simulator, tmp_path, start_time="-1d")["streams"][0]
    assert stream["windows"]["unproven"] > 0
    assert stream["reasons"]


def within(lines: list[bytes], ranges: list[tuple[int, int]]) -> list[bytes]:
    starts = ((line, place(line)[0]) for line in lines)
    return [line for line, start in starts if any(low <= start < high for low, high in ranges)]
