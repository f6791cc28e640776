# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that audits, against the simulated cloud: discovery, a spot check with a seed, and a report that states both."""

from __future__ import annotations

import json

import pytest

from playbook import Workplace
from simulator import Simulator

DAY = 86_400_000
CLOUD = {
    "days": 1,
    "projects": [
        {"name": "cn-north-4_shop", "firewalls": [{"name": "edge", "log_types": {"internet": 500}}]},
        {"name": "cn-north-4_sealed", "refuses": True, "firewalls": [{"name": "vault", "log_types": {"internet": 10}}]},
    ],
}


@pytest.mark.quick
def test_an_audit_against_the_cloud(workplace: Workplace) -> None:
    with Simulator(world=CLOUD) as cloud:
        connection = cloud.options()
        del connection["project_id"]
        given = {
            "path": str(workplace.folder / "archive"),
            "report_path": str(workplace.folder / "report"),
            "log_types": ["internet"],
            "start_time": str(cloud.world.begins_at - DAY),
            "end_time": str(cloud.world.begins_at),
            "settle": "0",
            "on_unreadable": "warn",
            "report_spot_check": 3,
            "report_spot_check_seed": "an auditor's choice",
        }
        variables = {"cloudaudit_huaweicloud_connection": connection, **{f"cfw_flow_log_archive_{name}": value for name, value in given.items()}}
        archived = workplace.play("cloudaudit.huaweicloud.archive", variables)
        assert archived.code == 0, archived.output
        audited = workplace.play("cloudaudit.huaweicloud.audit", variables)
    assert audited.code == 2, audited.output  # a project that can't be read is an error
    answer = json.loads((workplace.folder / "report" / "audit.json").read_text())
    assert [one["kind"] for one in answer["findings"] if one["severity"] == "error"] == ["project-unreadable"]
    assert answer["spot_check"]["seed"] == "an auditor's choice"
    assert answer["spot_check"]["outcomes"] == {"same": 3, "differs": 0, "failed": 0}
    [firewall] = answer["scope"]["firewalls"]
    assert (firewall["name"], firewall["project_name"], firewall["presence"]) == ("edge", "cn-north-4_shop", "archived")
    page = (workplace.folder / "report" / "report.html").read_text()
    assert "an auditor&#x27;s choice" in page
    assert "project cn-north-4_sealed" in page
