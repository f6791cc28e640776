# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bounded queries of a service that lies: what is called complete is the truth, and what is not says why."""

from __future__ import annotations

import pytest
from archiving import RECORDS, truth
from test_lies import LIES
from test_queries import ask, ids

from simulator import Simulator

HARMLESS = {"jump_cursor", "shrinking_total", "outside_range"}  # to a query, which other pages and the page size put right


@pytest.mark.parametrize("lie", LIES)
def test_what_is_called_complete_is_the_truth(simulator: Simulator, lie: str) -> None:
    simulator.set(**{lie: LIES[lie]})
    answer = ask(simulator)
    simulator.set(**{lie: False if LIES[lie] is True else 0})
    held = truth(simulator, 0, simulator.now())
    assert len(held) == RECORDS and set(answer.records) <= set(held)
    assert len(set(ids(answer))) == len(answer.records)
    assert answer.requests < 200
    if lie in HARMLESS:
        assert (len(answer.records), answer.total, answer.complete, answer.reasons) == (RECORDS, RECORDS, True, [])
    else:
        assert len(answer.records) < RECORDS and not answer.complete
        assert any("page" in reason for reason in answer.reasons)


@pytest.mark.parametrize("lie", ["repeat_page", "reorder_page"])
def test_a_bound_holds_where_only_parts_can_be_read_and_there_is_no_going_on(simulator: Simulator, lie: str) -> None:
    simulator.set(**{lie: LIES[lie]})
    answer = ask(simulator, 1500)
    assert (len(answer.records), len(set(ids(answer))), answer.complete, answer.next) == (1500, 1500, False, None)
    assert answer.reasons == ["max_records is 1500, and the service offers no way to go on from there"]
