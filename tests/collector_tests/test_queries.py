# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bounded queries, as the module and the lookup make them, under different readings."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.api import Cfw
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.flow_logs import Answer, flow_logs
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud import credentials
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
from archiving import FIREWALL, PROJECT, RECORDS

from simulator import Simulator

READINGS = [
    dict(zip(("order", "cursor_field", "paging", "total"), values))
    for values in itertools.product(
        ("newest_first", "oldest_first"), ("start_time", "end_time"), ("cursor", "cursor_needs_offset", "offset_only"), ("matches", "page")
    )
]


def ask(simulator: Simulator, max_records: int = 0, resume: dict[str, Any] | None = None, **params: Any) -> Answer:
    connection = simulator.options()
    session = Session(credentials.resolve(connection), connection)
    now = simulator.now()
    wire = {"fw_instance_id": FIREWALL, "log_type": "internet", "start_time": now - 3 * 86_400_000, "end_time": now, "limit": 1024, **params}
    return flow_logs(Cfw(session), PROJECT, wire, max_records=max_records, resume=resume)


def ids(answer: Answer) -> list[str]:
    return [json.loads(record)["log_id"] for record in answer.records]


@pytest.mark.parametrize("switches", READINGS, ids=lambda switches: "-".join(switches.values()))
def test_all_records_once_and_the_total_is_theirs(simulator: Simulator, switches: dict[str, Any]) -> None:
    simulator.set(**switches)
    answer = ask(simulator)
    assert (len(set(ids(answer))), len(answer.records), answer.total, answer.complete, answer.next) == (RECORDS, RECORDS, RECORDS, True, None)


@pytest.mark.parametrize("switches", READINGS, ids=lambda switches: "-".join(switches.values()))
def test_a_bounded_answer_says_so_and_goes_on_from_where_it_ended(simulator: Simulator, switches: dict[str, Any]) -> None:
    simulator.set(**switches)
    everything: list[str] = []
    resume: dict[str, Any] | None = None
    for _turn in range(10):
        answer = ask(simulator, 1500, resume)
        everything += ids(answer)
        if answer.complete:
            break
        assert len(answer.records) == 1500
        assert answer.reasons == ["max_records is 1500"]
        assert answer.total in (None, RECORDS)  # never a page's count
        resume = answer.next
    assert len(everything) == len(set(everything)) == RECORDS


def test_the_total_is_known_beside_a_bound_where_the_service_counts_matches(simulator: Simulator) -> None:
    assert ask(simulator, 10).total == RECORDS
    simulator.set(total="page")
    assert ask(simulator, 10).total is None


def test_a_bound_that_is_exactly_reached_is_complete(simulator: Simulator) -> None:
    assert ask(simulator, RECORDS).complete is True
    assert ask(simulator, RECORDS - 1).complete is False


@pytest.mark.parametrize("form", ["names", "numbers"])
@pytest.mark.parametrize("shown", ["names", "numbers"])
@pytest.mark.parametrize("protocol", ["TCP", "6"])
def test_a_protocol_is_found_by_name_and_by_number(simulator: Simulator, form: str, shown: str, protocol: str) -> None:
    truth = simulator.truth(project_id=PROJECT, fw_instance_id=FIREWALL, log_type="internet", start=0, end=simulator.now(), protocol="TCP")
    simulator.set(protocol_filter=form, protocol=shown)
    answer = ask(simulator, protocol=protocol)
    assert 0 < len(answer.records) == truth["count"]
    assert answer.complete is True


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_small_pages_bring_the_same(simulator: Simulator, limit: int) -> None:
    now = simulator.now()
    narrow = {"start_time": now - 3 * 3_600_000, "end_time": now}
    assert ids(ask(simulator, 40, limit=limit, **narrow)) == ids(ask(simulator, 40, **narrow))


def test_one_page_costs_one_request(simulator: Simulator) -> None:
    now = simulator.now()
    answer = ask(simulator, start_time=now - 3_600_000, end_time=now)
    assert answer.complete and 0 < len(answer.records) < 1024
    assert answer.requests == 1
