# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of the role that can't be meant as they are: refused before anything is asked of the cloud, or written anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archived import state
from playbook import ARCHIVE_PLAYBOOK, Workplace
from simulator import Simulator

AUDIT_PLAYBOOK = "cloudaudit.huaweicloud.audit"
PLAYBOOKS = Path(__file__).resolve().parents[3] / "playbooks"

# name: (playbook, variables without their prefix, what the message has to contain)
CASES: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "archive at a relative path": (
        ARCHIVE_PLAYBOOK,
        {"path": "cfw-archive"},
        ["cfw_flow_log_archive_path is 'cfw-archive'", "/playbooks/cfw-archive", "{here}/cfw-archive", "s3://bucket/prefix"],
    ),
    "audit of a relative path": (AUDIT_PLAYBOOK, {"path": "./cfw-archive", "report_path": "{here}/report"}, ["'./cfw-archive'", "{here}/cfw-archive"]),
    "no path": (ARCHIVE_PLAYBOOK, {"path": ""}, ["cfw_flow_log_archive_path is ''", "{here}/cfw-archive"]),
    "report at a relative path": (
        ARCHIVE_PLAYBOOK,
        {"path": "{here}/archive", "report_path": "report"},
        ["cfw_flow_log_archive_report_path is 'report'", "/playbooks/report", "{here}/report"],
    ),
    "report in an object store": (
        AUDIT_PLAYBOOK,
        {"path": "s3://bucket/prefix", "report_path": "s3://bucket/report"},
        ["_report_path is 's3://bucket/report'"],
    ),
    "audit without a place for its report": (AUDIT_PLAYBOOK, {"path": "~/cfw-archive"}, ["Set cfw_flow_log_archive_report_path", "{here}/cfw-report"]),
    "signing key at a relative path": (
        ARCHIVE_PLAYBOOK,
        {"path": "{here}/archive", "signing_key": "key.pem"},
        ["cfw_flow_log_archive_signing_key is neither PEM text nor a whole path", "/playbooks. ", "{here}/signing.pem"],
    ),
    "public key at a relative path": (ARCHIVE_PLAYBOOK, {"path": "{here}/archive", "public_keys": "public.pem"}, ["_public_keys is", "{here}/public.pem"]),
    "a misspelt variable": (ARCHIVE_PLAYBOOK, {"path": "{here}/archive", "log_type": "vpc"}, ["no variable cfw_flow_log_archive_log_type:"]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_variable_that_cannot_be_meant_is_refused(workplace: Workplace, cloud: Simulator, name: str) -> None:
    playbook, given, expected = CASES[name]
    before = state(PLAYBOOKS)
    here = str(workplace.folder)
    variables: dict[str, Any] = {"cloudaudit_huaweicloud_connection": cloud.options()}
    variables.update({f"cfw_flow_log_archive_{key}": value.format(here=here) for key, value in given.items()})
    run = workplace.play(playbook, variables, PWD=here)
    assert run.code == 2, run.output
    message = run.task("Refuse variables that can't be meant so").result["msg"]
    for text in expected:
        assert text.format(here=here) in message
    assert len(message.splitlines()) == 1, message
    assert not cloud.requests()
    assert state(PLAYBOOKS) == before
    assert not (workplace.folder / "archive").exists() and not (workplace.folder / "report").exists()
