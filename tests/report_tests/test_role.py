# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that audits, against the simulated cloud: discovery, a spot check with a seed, and a report that states both."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import Stream
from prepared import OTHER, Prepared

from playbook import Workplace
from simulator import Simulator

DAY = 86_400_000
VERIFIER = Path(__file__).resolve().parents[2] / "extensions" / "verify.py"
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


@pytest.mark.quick
def test_after_a_removal_the_summary_ends_with_the_heads_that_it_made(workplace: Workplace) -> None:
    """Of streams of this run, and of others where something was removed: of a firewall that is no more."""
    archive, log = workplace.folder / "archive", workplace.folder / "job.log"
    made = Prepared(archive)
    with Simulator(world=CLOUD) as cloud:
        begin = (cloud.world.begins_at // DAY - 40) * DAY
        of_today = Stream(*cloud.streams()[0])
        emptied, kept = OTHER, OTHER._replace(fw_instance_id="7d0c1b52-0000-4000-8000-000000000002")
        for stream in (of_today, emptied, kept):
            made.commit(stream, [(begin, begin + DAY)], begin + 2 * DAY, [] if stream == kept else None)
        given = {"path": str(archive), "remove_after_days": 30, "log_types": ["internet"], "start_time": "-2h", "on_unreadable": "warn"}
        connection = cloud.options()
        del connection["project_id"]
        variables = {"cloudaudit_huaweicloud_connection": connection, **{f"cfw_flow_log_archive_{name}": value for name, value in given.items()}}
        run = workplace.play("cloudaudit.huaweicloud.archive", variables)
    assert run.code == 0, run.output
    told = {tuple(line.split()[:2]) for line in run.task("Show what was archived").result["msg"] if line.startswith("project_id=")}
    assert told == {("/".join(f"{name}={value}" for name, value in zip(stream._fields, stream)), f"#{last}") for stream, last in ((of_today, 3), (emptied, 2))}

    log.write_text(run.output)
    command = [sys.executable, str(VERIFIER), str(archive), "--heads", str(log)]
    verified = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, ""), verified.stdout
    made.path(emptied.commit_key(2)).unlink()
    shortened = subprocess.run(command, capture_output=True, text=True, check=False)
    assert shortened.returncode == 1 and f"chain-shortened {emptied.commit_key(2)}" in shortened.stdout


def offline(workplace: Workplace, **more: Any) -> dict[str, Any]:
    given = {"path": str(workplace.folder / "archive"), "report_path": str(workplace.folder / "report"), **more}
    return {f"cfw_flow_log_archive_{name}": value for name, value in given.items()}


@pytest.mark.quick
def test_the_console_says_what_the_verdict_does_not_and_what_to_do(workplace: Workplace) -> None:
    made = Prepared(workplace.folder / "archive")
    made.daily(days=2)
    path = made.path("data/**/*.jsonl.gz")
    path.write_bytes(path.read_bytes()[:-9] + b"X" + path.read_bytes()[-8:])
    given = {"audit_against": "archive", "report_end_time": str(made.ask()["streams"][0]["coverage"][0]["end"])}

    seen = {}
    for depth in ("chain", "data"):
        run = workplace.play("cloudaudit.huaweicloud.audit", offline(workplace, verify=depth, **given))
        assert run.code == (2 if depth == "data" else 0), run.output
        seen[depth] = (run.task("Show the findings").result["msg"], (workplace.folder / "report" / "report.html").read_text())
    for line_or_page in (seen["chain"][0][0], seen["chain"][1].split("</section>")[0]):
        assert "the data were not read" in line_or_page and "cfw_flow_log_archive_verify" in line_or_page
        assert "a firewall that was never archived is not seen" in line_or_page
    lines, page = seen["data"]
    assert lines[0].startswith("Verdict: failed (2 errors, 0 warnings, 1 notice). ") and "the data were not read" not in lines[0]
    errors = [line for line in lines if line.startswith("ERROR")]
    assert len(errors) == 2  # its bytes are others, and can't be unpacked
    assert all(path.relative_to(made.folder).as_posix() in line and "Restore the object from a copy" in line for line in errors)
    assert '<small class="damage">1 file damaged or missing since</small>' in page
    assert "The audit's verdict is 'failed': 2 errors, 0 warnings, 1 notice." in run.task("Fail when findings are heavy enough").result["msg"]


@pytest.mark.quick
@pytest.mark.parametrize("case", ["nobody answers", "none is left"])
def test_without_a_list_of_firewalls_the_audit_says_how_to_do_without(workplace: Workplace, case: str) -> None:
    Prepared(workplace.folder / "archive").daily(days=1)
    with Simulator(world=CLOUD) as cloud:
        connection = {**cloud.options(), "retry_timeout": 0}
        del connection["project_id"]
        if case == "nobody answers":
            connection.update(endpoint="http://127.0.0.1:9", auth_url="http://127.0.0.1:9")
        variables = {"cloudaudit_huaweicloud_connection": connection, **offline(workplace, include=["nothing-of-that-name"])}
        run = workplace.play("cloudaudit.huaweicloud.audit", variables)
    assert run.code == 2, run.output
    message = run.task("Say how to audit without a list of firewalls").result["msg"]
    assert "The connection to 127.0.0.1 failed" in message if case == "nobody answers" else "1 found, none chosen" in message
    assert "-e cfw_flow_log_archive_audit_against=archive" in message
    assert "to archive" not in message
