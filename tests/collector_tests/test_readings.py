# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every reading of the documents that the vendor leaves open, with and without faults: the archive is the truth, and proven.

FAULTY_READINGS=all in the environment is the whole test.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import pytest
from archiving import archived, covered, run, truth

from simulator import Simulator

ORDERS = ("newest_first", "oldest_first")
FIELDS = ("start_time", "end_time")
PAGING = ("cursor", "cursor_needs_offset", "offset_only")
TOTALS = ("matches", "page", "capped")
FILTERS = ("start_time", "end_time", "overlap")
FAULTS = {"error_rate": 0.05, "error_kinds": ["500", "503", "reset", "cut", "html", "429"]}


def readings() -> list[dict[str, Any]]:
    """108 combinations in full; the two-valued readings beside them alternate so that each meets all of the others."""
    found = []
    for number, (order, field, paging, total, filter_time) in enumerate(itertools.product(ORDERS, FIELDS, PAGING, TOTALS, FILTERS)):
        found.append(
            {
                "order": order,
                "cursor_field": field,
                "paging": paging,
                "total": total,
                "filter_time": filter_time,
                "end_bound": ("inclusive", "exclusive")[number % 2],
                "cursor_tie": ("exact", "lossy")[number // 2 % 2],
                "protocol": ("names", "numbers")[number // 4 % 2],
                "equal_bounds": ("allowed", "refused")[number // 8 % 2],
                "body_style": ("compact", "spaced")[number // 16 % 2],
            }
        )
    return found


def case(switches: dict[str, Any], faults: dict[str, Any]) -> Any:
    return pytest.param(switches, faults, id=f"{name(switches)}-{'faults' if faults else 'calm'}")


def cases() -> list[Any]:
    """All readings in calm; with faults a third of them, such that any two of the three-valued readings still meet. FAULTY_READINGS=all: all."""
    calm = [case(switches, {}) for switches in readings()]
    whole = os.environ.get("FAULTY_READINGS") == "all"
    return calm + [case(switches, FAULTS) for number, switches in enumerate(readings()) if whole or (number + number // 3 + number // 9) % 3 == 0]


def name(switches: dict[str, Any]) -> str:
    return "-".join(str(value) for value in switches.values())


@pytest.mark.parametrize(("switches", "faults"), cases())
def test_archive_is_the_truth_under_every_reading(simulator: Simulator, tmp_path: Path, switches: dict[str, Any], faults: dict[str, Any]) -> None:
    simulator.set(**switches, **faults)
    result = run(simulator, tmp_path)
    assert result["streams"][0]["error"] is None
    assert archived(tmp_path) == truth(simulator, *covered(tmp_path))
    if not faults:
        assert run(simulator, tmp_path)["changed"] is False


@pytest.mark.parametrize("switches", readings()[::9], ids=name)
def test_records_that_arrive_while_paging_neither_hide_nor_double_others(simulator: Simulator, tmp_path: Path, switches: dict[str, Any]) -> None:
    before = set(truth(simulator, 0, simulator.now()))
    simulator.set(**switches, arrive_per_request=5)
    run(simulator, tmp_path)
    simulator.set(arrive_per_request=0)
    start, end = covered(tmp_path)
    lines = archived(tmp_path)
    assert len(set(lines)) == len(lines)
    assert before & set(truth(simulator, start, end)) <= set(lines) <= set(truth(simulator, start, end))
    result = run(simulator, tmp_path)
    assert result["changed"] is True
    assert archived(tmp_path) == truth(simulator, start, end)


@pytest.mark.parametrize("filter_time", FILTERS)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("paging", ["cursor", "offset_only"])
def test_a_part_of_the_time_is_archived_wholly(
    simulator: Simulator, tmp_path: Path, filter_time: str, order: str, field: str, paging: str
) -> None:
    """Sessions that began before the range reach into it, and others end after it."""
    simulator.set(filter_time=filter_time, order=order, cursor_field=field, paging=paging)
    result = run(simulator, tmp_path, start_time="-30h", end_time="-5h")
    assert result["streams"][0]["error"] is None
    start, end = covered(tmp_path)
    assert end - start >= 24 * 3_600_000
    assert archived(tmp_path) == truth(simulator, start, end)


@pytest.mark.parametrize("cap", [50, 500])
@pytest.mark.parametrize("total", TOTALS)
def test_a_page_cut_shorter_than_asked_for_is_not_taken_for_the_last(simulator: Simulator, tmp_path: Path, cap: int, total: str) -> None:
    simulator.set(page_cap=cap, total=total)
    assert run(simulator, tmp_path)["streams"][0]["error"] is None
    assert archived(tmp_path) == truth(simulator, *covered(tmp_path))
