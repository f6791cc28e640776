# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook awx against a double of AWX, and the jobs that AWX would start of what it set up."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from awx_collection import collections_path
from awx_double import Awx
from fleet import TIMEOUT
from runner import Finished, Job

from archived import lines
from checkout import COLLECTIONS, TREE
from playbook import Run, Workplace
from simulator import Simulator


def set_up(workplace: Workplace, awx: Awx, cloud: Simulator, *arguments: str, **more: Any) -> Run:
    given = {
        "awx_execution_environment_image": "registry.example.com/cfw-flow-logs:1",
        "awx_archive": str(workplace.folder / "archive"),
        "awx_cloud_credential_inputs": {
            "access_key": cloud.world.access_key,
            "secret_key": cloud.world.secret_key,
            "region": cloud.world.region,
            "auth_url": cloud.url,
        },
        "awx_connection": {"endpoint": cloud.url},
        "awx_collect_variables": {
            "cfw_flow_log_archive_end_time": str(cloud.world.begins_at),
            "cfw_flow_log_archive_settle": "0",
        },
        **more,
    }
    environment = {"ANSIBLE_COLLECTIONS_PATH": f"{COLLECTIONS}:{collections_path()}", **awx.environment()}
    return workplace.play("cloudaudit.huaweicloud.awx", given, *arguments, **environment)


def start(workplace: Workplace, awx: Awx, template: str, name: str, hosts: dict[str, Any] | None = None) -> Job:
    given = awx.launched(template)
    return Job(workplace, name, given.playbook, given.variables, given.environment, hosts)


def launch(workplace: Workplace, awx: Awx, template: str, name: str) -> Finished:
    return start(workplace, awx, template, name).finish(TIMEOUT)


def imported(workplace: Workplace, awx: Awx, source: dict[str, Any]) -> dict[str, Any]:
    """The hosts that AWX's update of an inventory source finds: ansible-inventory on the project's file, with the credential's environment."""
    project = workplace.folder / "project"
    shutil.copytree(TREE / "playbooks", project / "playbooks")
    environment = {**workplace.environment(), **awx.injected(awx.objects["credentials"][source["credential"]]), **json.loads(source["source_vars"])}
    command = ["ansible-inventory", "-i", source["source_path"], "--list", "--export"]
    finished = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=True)
    hosts: dict[str, Any] = json.loads(finished.stdout[finished.stdout.index("{\n") :])["_meta"]["hostvars"]
    return hosts


def assert_holds_the_truth(archive: Path, cloud: Simulator) -> None:
    for stream in cloud.streams():
        project_id, fw_instance_id, log_type = stream
        truth = cloud.truth_lines(project_id=project_id, fw_instance_id=fw_instance_id, log_type=log_type)
        assert lines(archive, *stream) == [line for line in truth if line]


def assert_nothing_kept(jobs: list[Finished], *secrets: str) -> None:
    """No secret is in what AWX keeps of jobs: their output, their events, and the other artifacts."""
    kept = [job.output.encode() for job in jobs]
    kept += [path.read_bytes() for job in jobs for path in job.artifacts.rglob("*") if path.is_file()]
    assert len(kept) > 10 * len(jobs)  # the events are among them
    assert not [secret for secret in secrets for one in kept if secret.encode() in one]
