# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, passwords and tokens are found nowhere: not in the output at -vvvv, in the archive, in temporary folders, or in the process list."""

from __future__ import annotations

import pytest

from leaks import contents, watched_processes
from playbook import ARCHIVE_PLAYBOOK, Workplace
from simulator import Simulator

VARIABLES = {
    "access_key": {"access_key": "HW_ACCESS_KEY", "secret_key": "HW_SECRET_KEY"},
    "password": {"user_name": "HW_USER_NAME", "password": "HW_USER_PASSWORD", "domain_name": "HW_DOMAIN_NAME"},
    "token": {"auth_token": "HW_AUTH_TOKEN"},
}


@pytest.mark.parametrize(
    ("way", "given"),
    [
        ("access_key", "options"),
        ("password", "environment"),
        ("token", "options"),
        pytest.param("access_key", "environment", marks=pytest.mark.long),
        pytest.param("password", "options", marks=pytest.mark.long),
        pytest.param("token", "environment", marks=pytest.mark.long),
    ],
)
def test_secrets_are_found_nowhere(workplace: Workplace, cloud: Simulator, way: str, given: str) -> None:
    connection = cloud.options(way)
    project = connection.pop("project_id")
    environment: dict[str, str] = {}
    if given == "environment":
        environment = {variable: connection.pop(option) for option, variable in VARIABLES[way].items()}
    variables = {
        "cloudaudit_huaweicloud_connection": connection,
        "cfw_flow_log_archive_path": str(workplace.folder / "archive"),
        "cfw_flow_log_archive_project_ids": [project],  # a token is for one project
        "cfw_flow_log_archive_start_time": str(cloud.world.begins_at - 7_200_000),
        "cfw_flow_log_archive_end_time": str(cloud.world.begins_at),
        "cfw_flow_log_archive_settle": "0",
    }
    with watched_processes() as processes:
        run = workplace.play(ARCHIVE_PLAYBOOK, variables, "-vvvv", "--diff", **environment)
    assert run.code == 0, run.output
    assert any(b"ansible-playbook" in process for process in processes)

    (workplace.folder / "variables.json").unlink()  # where this test itself wrote them
    files = list(contents(workplace.folder))
    assert any("/archive/evidence/" in name for name, _content in files)
    tokens = list(cloud.service.identity._tokens)  # issued in this run, whoever asked for them
    assert tokens or way == "access_key"
    for secret in (cloud.world.secret_key, cloud.world.password, *tokens):
        assert secret not in run.output
        assert not [name for name, content in files if secret.encode() in content]
        assert not [process for process in processes if secret.encode() in process]
