# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role on 100,000 records under readings that differ in all they can: the archive holds each record once, and says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archived import lines
from playbook import ARCHIVE_PLAYBOOK, Workplace
from simulator import Simulator

DAY = 86_400_000
CLOUD = {
    "days": 2,
    "projects": [{"name": "cn-north-4", "firewalls": [{"name": "busy", "log_types": {"internet": 100_000}}]}],
    "shape": {"tie_ms": [3000, 1100], "long_sessions": 0.01},
}
READINGS = [
    {"order": "newest_first", "total": "matches", "end_bound": "inclusive", "protocol": "names"},
    {"order": "oldest_first", "total": "page", "end_bound": "exclusive", "protocol": "numbers", "paging": "cursor_needs_offset"},
    {"order": "newest_first", "total": "page", "end_bound": "inclusive", "protocol": "numbers", "paging": "offset_only"},
    {"order": "oldest_first", "total": "capped", "end_bound": "exclusive", "protocol": "names", "cursor_field": "end_time"},
]
EVERY_DAY = 2  # the others take as long each


@pytest.mark.parametrize(
    "reading",
    [pytest.param(reading, marks=[pytest.mark.long] * (number >= EVERY_DAY)) for number, reading in enumerate(READINGS)],
    ids=lambda reading: "-".join(reading.values()),
)
def test_the_role_archives_every_record_once(tmp_path: Path, reading: dict[str, Any]) -> None:
    workplace = Workplace(tmp_path)
    with Simulator(world=CLOUD, switches=reading) as cloud:
        connection = cloud.options()
        del connection["project_id"]
        variables = {
            "cloudaudit_huaweicloud_connection": connection,
            "cfw_flow_log_archive_path": str(tmp_path / "archive"),
            "cfw_flow_log_archive_log_types": ["internet"],
            "cfw_flow_log_archive_start_time": str(cloud.world.begins_at - 2 * DAY),
            "cfw_flow_log_archive_end_time": str(cloud.world.begins_at),
            "cfw_flow_log_archive_settle": "0",
        }
        run = workplace.play(ARCHIVE_PLAYBOOK, variables)
        assert run.code == 0, run.output
        stream = cloud.streams()[0]
        project_id, fw_instance_id, log_type = stream
        truth = [line for line in cloud.truth_lines(project_id=project_id, fw_instance_id=fw_instance_id, log_type=log_type) if line]
        assert len(truth) == 100_000
        assert lines(tmp_path / "archive", *stream) == truth
        collected = run.task("Archive the flow logs of all chosen firewalls").result["streams"][0]
        assert (collected["windows"]["unproven"], collected["windows"]["left"], collected["records"]) == (0, 0, 100_000)
