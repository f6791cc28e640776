# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's playbook, hence its role, against the simulated cloud: two projects that can be read, and one that refuses."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from archived import lines, state
from playbook import ARCHIVE_PLAYBOOK, Run, Workplace
from simulator import Simulator

DAY = 86_400_000
COLLECT = "Archive the flow logs of all chosen firewalls"
VERIFIER = Path(__file__).resolve().parents[3] / "extensions" / "verify.py"


def archive_of(workplace: Workplace) -> Path:
    return workplace.folder / "archive"


def variables(workplace: Workplace, cloud: Simulator, **more: Any) -> dict[str, Any]:
    """Variables of a run over all that the cloud holds; nothing of it is still to come."""
    connection = cloud.options()
    del connection["project_id"]
    given = {
        "path": str(archive_of(workplace)),
        "start_time": str(cloud.world.begins_at - DAY),
        "end_time": str(cloud.world.begins_at),
        "settle": "0",
        "on_unreadable": "warn",
        **more,
    }
    return {"cloudaudit_huaweicloud_connection": connection, **{f"cfw_flow_log_archive_{name}": value for name, value in given.items()}}


def readable(cloud: Simulator) -> list[tuple[str, str, str]]:
    """The streams of the projects that can be read."""
    return [stream for stream in cloud.streams() if not cloud.world.projects[stream[0]].refuses]


def assert_holds_the_truth(archive: Path, cloud: Simulator, streams: list[tuple[str, str, str]]) -> None:
    """The archive has each record of these streams once, in order, byte for byte, and no other stream."""
    for project_id, fw_instance_id, log_type in streams:
        truth = list(cloud.truth_lines(project_id=project_id, fw_instance_id=fw_instance_id, log_type=log_type))
        assert lines(archive, project_id, fw_instance_id, log_type) == [line for line in truth if line]
    firewalls = {path.name for path in archive.glob("data/*/*")}
    assert firewalls <= {f"fw_instance_id={stream[1]}" for stream in streams}


def summary(run: Run) -> str:
    return "\n".join(run.task("Show what was archived").result["msg"])


def test_second_run_changes_nothing(workplace: Workplace, cloud: Simulator) -> None:
    first = workplace.play(ARCHIVE_PLAYBOOK, variables(workplace, cloud))
    assert first.code == 0, first.output
    assert first.task(COLLECT).result["changed"]
    assert_holds_the_truth(archive_of(workplace), cloud, readable(cloud))
    before = state(archive_of(workplace))

    second = workplace.play(ARCHIVE_PLAYBOOK, variables(workplace, cloud))
    assert second.code == 0, second.output
    assert "changed=0" in second.output
    assert state(archive_of(workplace)) == before
    for shown in (summary(first), summary(second)):
        assert "edge" in shown
        assert "office" in shown
        assert "cn-north-4_sealed" in shown
        assert "2,500" in shown


def test_what_a_run_prints_shows_later_that_the_newest_commit_is_gone(workplace: Workplace, cloud: Simulator) -> None:
    """With a report and -v, as AWX runs it: other SHA-256 values are in the log too. Ansible's quotes and commas stay in it."""
    report = workplace.folder / "report"
    log = workplace.folder / "job.log"
    given = variables(workplace, cloud, report_path=str(report))
    run = workplace.play(ARCHIVE_PLAYBOOK, given, "-v")
    assert run.code == 0, run.output
    log.write_text(run.output)
    told = [line.split()[-1] for line in summary(run).splitlines() if line.startswith("project_id=")]
    assert told == [stream["head"] for stream in run.task(COLLECT).result["streams"]] and len(told) >= len(readable(cloud))

    command = [sys.executable, str(VERIFIER), str(archive_of(workplace)), "--heads", str(log)]
    verified = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    newest = sorted(archive_of(workplace).glob("evidence/*/*/*/commits/*/*.json"))[0]
    known = hashlib.sha256(newest.read_bytes()).hexdigest()
    newest.unlink()
    shortened = subprocess.run(command, capture_output=True, text=True, check=False)
    assert shortened.returncode == 1 and f"chain-shortened {newest.relative_to(archive_of(workplace))}" in shortened.stdout

    heads = "{{ lookup('ansible.builtin.file', '" + str(log) + "') | regex_findall('#[0-9]+ ([0-9a-f]{64})') }}"
    audited = workplace.play("cloudaudit.huaweicloud.audit", {**given, "cfw_flow_log_archive_heads": heads, "cfw_flow_log_archive_audit_against": "archive"})
    assert audited.code == 2 and known in told and known in audited.output


def test_late_records_are_added_without_touching_what_is_there(workplace: Workplace, cloud: Simulator) -> None:
    assert workplace.play(ARCHIVE_PLAYBOOK, variables(workplace, cloud)).code == 0
    before = state(archive_of(workplace))
    stream = readable(cloud)[0]
    start = cloud.world.begins_at - DAY // 2
    names = ("project_id", "fw_instance_id", "log_type")
    record = {"log_id": "late-1", "start_time": start, "end_time": start + 10, "src_ip": "192.0.2.1", "bytes": 34.5}
    cloud.add_records(**dict(zip(names, stream)), records=[record])

    run = workplace.play(ARCHIVE_PLAYBOOK, variables(workplace, cloud))
    assert run.code == 0, run.output
    assert run.task(COLLECT).result["added"] == 1
    after = state(archive_of(workplace))
    assert {name: after.get(name) for name in before} == before
    assert_holds_the_truth(archive_of(workplace), cloud, readable(cloud))


def test_unreadable_project_fails_the_role_after_the_others_were_archived(workplace: Workplace, cloud: Simulator) -> None:
    run = workplace.play(ARCHIVE_PLAYBOOK, variables(workplace, cloud, on_unreadable="fail"))
    assert run.code == 2, run.output
    message = run.task("Fail when a project could not be read").result["msg"]
    assert message.startswith("1 project could not be read") and "cn-north-4_sealed" in message
    assert_holds_the_truth(archive_of(workplace), cloud, readable(cloud))


def test_failing_firewall_does_not_stop_the_others(workplace: Workplace, cloud: Simulator) -> None:
    refusing = readable(cloud)[0][1]
    cloud.set(refuse_firewalls=[refusing])
    run = workplace.play(ARCHIVE_PLAYBOOK, variables(workplace, cloud))
    assert run.code == 2, run.output
    assert run.task(COLLECT).status == "failed"
    assert "FAILED cn-north-4_shop / edge internet: " in summary(run)
    assert_holds_the_truth(archive_of(workplace), cloud, [stream for stream in readable(cloud) if stream[1] != refusing])


def test_a_file_where_the_archive_should_be_is_the_only_error(workplace: Workplace, cloud: Simulator) -> None:
    archive_of(workplace).write_text("notes")
    run = workplace.play(ARCHIVE_PLAYBOOK, variables(workplace, cloud))
    assert run.code == 2, run.output
    [failed] = [task for task in run.tasks if task.status == "failed"]
    assert failed.name.endswith(COLLECT)
    assert str(archive_of(workplace)) in failed.result["msg"]
    assert failed.result["msg"] in summary(run)
    assert archive_of(workplace).read_text() == "notes"


def test_check_mode_writes_nothing(workplace: Workplace, cloud: Simulator) -> None:
    run = workplace.play(ARCHIVE_PLAYBOOK, variables(workplace, cloud, forecast_requests=0), "--check")
    assert run.code == 0, run.output
    assert run.task(COLLECT).result["changed"]
    assert not archive_of(workplace).exists()
    assert not [request for request in cloud.requests() if "logs/flow" in request["path"]]


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        ({"include": ["office"]}, {"office"}),
        pytest.param({"exclude": ["edge"]}, {"office"}, marks=pytest.mark.long),
        pytest.param({"include_tags": {"stage": "production"}}, {"edge"}, marks=pytest.mark.long),
        ({"exclude_tags": {"stage": "test"}}, {"edge"}),
        ({"project_names": ["cn-north-4_bank"]}, {"office"}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_choice_of_firewalls(workplace: Workplace, cloud: Simulator, choice: dict[str, Any], chosen: set[str]) -> None:
    run = workplace.play(ARCHIVE_PLAYBOOK, variables(workplace, cloud, **choice), "--check")
    assert run.code == 0, run.output
    assert {stream["name"] for stream in run.task(COLLECT).result["streams"]} == chosen


def test_no_firewall_is_a_failure_that_says_why(workplace: Workplace, cloud: Simulator) -> None:
    run = workplace.play(ARCHIVE_PLAYBOOK, variables(workplace, cloud, include=["nothing-of-that-name"]))
    assert run.code == 2
    message = run.task("Stop when no firewall is left").result["msg"]
    assert "2 found, none chosen" in message
    assert "cn-north-4_sealed" in message


def test_firewalls_that_are_given_are_not_discovered(workplace: Workplace, cloud: Simulator) -> None:
    project_id, fw_instance_id, _log_type = readable(cloud)[0]
    given = [{"project_id": project_id, "fw_instance_id": fw_instance_id, "name": "mine"}]
    run = workplace.play(ARCHIVE_PLAYBOOK, variables(workplace, cloud, firewalls=given, report_path=str(workplace.folder / "report")))
    assert run.code == 0, run.output
    assert "mine" in summary(run) and "sealed" not in summary(run)
    assert not [request for request in cloud.requests() if request["path"].endswith("/projects")]
    assert_holds_the_truth(archive_of(workplace), cloud, [stream for stream in readable(cloud) if stream[1] == fw_instance_id])


def test_every_option_of_an_object_store_reaches_the_module(workplace: Workplace, cloud: Simulator) -> None:
    options: dict[str, Any] = {"endpoint_url": "https://store.invalid", "access_key": "store-key", "secret_key": "store-secret"}
    options.update(security_token="store-token", region="r", ca_path="/ca.pem", addressing_style="path", server_side_encryption="none-such", object_lock_days=3)
    run = workplace.play(ARCHIVE_PLAYBOOK, variables(workplace, cloud, path="s3://bucket/x", s3=options), "-vvvv")
    assert run.code == 2
    collected = run.task(COLLECT).result
    hidden = {"secret_key": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "security_token": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}
    assert collected["invocation"]["module_args"].items() >= {f"s3_{name}": value for name, value in {**options, **hidden}.items()}.items()
    assert "s3_server_side_encryption" in collected["msg"]
    assert "store-secret" not in run.output and "store-token" not in run.output
