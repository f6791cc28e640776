# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report says of a fleet stays short: what is true of many streams is said once, and names each of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.view import view
from prepared import HOUR, INTERNET, MIDNIGHT, NOW, OTHER, VPC, Prepared

pytestmark = pytest.mark.quick


def test_the_same_finding_of_many_streams_is_one_entry_that_names_them(tmp_path: Path) -> None:
    made = Prepared(tmp_path / "archive")
    for stream in (INTERNET, OTHER, VPC):
        made.commit(stream, [(MIDNIGHT - 240 * HOUR, MIDNIGHT - 216 * HOUR)], NOW - 214 * HOUR)
    answer = made.ask(start_time=str(MIDNIGHT - 240 * HOUR), end_time=str(MIDNIGHT))
    shown = view(answer, "")
    lost = [entry for entry in shown["findings"] if "never collected" in entry["message"]]
    assert [entry["stream"] for entry in lost] == ["3 streams"]
    assert sorted(one["id"] for one in lost[0]["each"]) == sorted(one["id"] for one in answer["findings"] if one["kind"] == "time-lost")
    assert {one["stream"].split()[-1] for one in lost[0]["each"]} == {"internet", "vpc"}
    assert sum(len(entry["each"]) for entry in shown["findings"]) == len(answer["findings"])
    assert "time lost (3 times)" in shown["verdict"]["reasons"]


def test_the_least_proven_firewall_comes_first(tmp_path: Path) -> None:
    made = Prepared(tmp_path / "archive")
    begin = MIDNIGHT - 240 * HOUR
    made.commit(INTERNET, [(begin, begin + 24 * HOUR)], begin + 30 * HOUR, firewall={"name": "a few hours missing", "status": 2})
    made.commit(OTHER, [(begin, begin + 2 * HOUR)], begin + 30 * HOUR, firewall={"name": "most hours missing", "status": 2})
    rows = view(made.ask(start_time=str(begin), end_time=str(begin + 30 * HOUR)), "")["coverage"]["rows"]
    assert [(row["name"], row["share"]) for row in rows] == [("most hours missing", "6.7 %"), ("a few hours missing", "80 %")]
