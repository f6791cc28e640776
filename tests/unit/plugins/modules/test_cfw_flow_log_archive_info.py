# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cfw_flow_log_archive_info, on archives that the module cfw_flow_log_archive wrote. Kinds of damage are tested with the archive."""

from __future__ import annotations

import os
import time

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.modules import cfw_flow_log_archive, cfw_flow_log_archive_info
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.fake_service import FIREWALL, PROJECT, FakeService, flow_logs
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.run_module import run_module

HOUR = 3_600_000
STREAM = {"project_id": PROJECT, "fw_instance_id": FIREWALL, "log_type": "internet"}
EXPECTED = {"firewalls": [{"project_id": PROJECT, "fw_instance_id": FIREWALL, "region": "test-1", "name": "edge"}], "log_types": ["internet"]}


def faults(result):
    """The findings that are more than notices: the fake service lists no firewalls, so for empty windows their state is not known."""
    return [found for found in result["findings"] if found["severity"] != "notice"]


class Archived:
    """An archive of two hours with 50 records."""

    def __init__(self, folder):
        self.folder = folder
        self.first = int(time.time() * 1000) // HOUR * HOUR - 3 * HOUR
        with FakeService(flow_logs(50, self.first)) as service:
            options = {"archive": folder, "fw_instance_id": FIREWALL, "log_types": ["internet"], "start_time": self.first, "end_time": self.first + 2 * HOUR}
            result = run_module(cfw_flow_log_archive, {**service.connection(), **options})
        self.head = result["streams"][0]["head"]

    def audit(self, **options):
        return run_module(cfw_flow_log_archive_info, {"archive": self.folder, **options})

    def data_file(self):
        [path] = [os.path.join(folder, name) for folder, _folders, names in os.walk(self.folder) for name in names if name.endswith(".jsonl.gz")]
        return path


@pytest.fixture(name="archived")
def new_archive(tmp_path):
    return Archived(str(tmp_path / "archive"))


@pytest.mark.parametrize("depth", ["none", "chain", "data"])
def test_a_sound_archive_is_compliant(archived, depth):
    result = archived.audit(verify=depth, heads=[archived.head.upper()], **EXPECTED)
    assert "failed" not in result and result.get("changed", False) is False
    assert result["compliant"] is True and faults(result) == [] and result["gaps"] == []
    [stream] = result["streams"]
    assert {name: stream[name] for name in STREAM} == STREAM and stream["head"] == archived.head and stream["sequence"] == 1
    assert stream["records"] == result["records"] == 50 and stream["oldest"] == result["oldest"] == archived.first
    covered, young = stream["coverage"]
    assert young["state"] == "settling"
    assert (covered["start"], covered["end"], covered["state"], covered["records"]) == (archived.first, archived.first + 2 * HOUR, "rechecking", 50)


def test_a_range_that_was_not_collected_is_a_gap(archived):
    result = archived.audit(start_time=archived.first - HOUR, end_time=archived.first + HOUR, settle="1h")
    assert result["compliant"] is False and result["verdict"] == "attention"
    assert [(found["kind"], found["severity"]) for found in faults(result)] == [("time-collectable", "warning")]
    [gap] = result["gaps"]
    assert gap["state"] == "collectable" and 0 < gap["time_left"] < 7 * 86_400
    assert {name: gap[name] for name in STREAM} == STREAM
    assert (gap["start"], gap["end"]) == (archived.first - HOUR, archived.first) and gap["end_iso"].endswith(":00:00.000Z")


def test_an_expected_stream_that_is_missing_is_a_finding(archived):
    result = archived.audit(firewalls=EXPECTED["firewalls"])
    assert result["compliant"] is False
    assert [(finding["log_type"], finding["severity"]) for finding in faults(result)] == [("nat", "error"), ("vpc", "error")]
    assert {finding["kind"] for finding in faults(result)} == {"never-archived"}


def test_a_head_that_the_archive_does_not_have_is_a_finding(archived):
    result = archived.audit(heads=["0" * 64])
    assert result["compliant"] is False and "0" * 64 in result["findings"][0]["message"]


def test_changed_data_are_a_finding_that_names_the_object(archived):
    path = archived.data_file()
    with open(path, "r+b") as file:
        file.seek(40)
        byte = file.read(1)
        file.seek(40)
        file.write(bytes([byte[0] ^ 1]))
    result = archived.audit(verify="data")
    assert result["compliant"] is False
    assert os.path.relpath(path, archived.folder) in {key for finding in result["findings"] for key in finding["evidence"]}
    assert faults(archived.audit(verify="chain")) == []


def test_a_missing_file_is_found_without_reading_data(archived):
    os.unlink(archived.data_file())
    result = archived.audit()
    assert result["compliant"] is False and result["findings"][0]["severity"] == "error"
    assert result["findings"][0]["start_iso"].endswith("T00:00:00.000Z")


def test_an_archive_without_streams_is_not_compliant(tmp_path):
    os.mkdir(tmp_path / "evidence")
    result = run_module(cfw_flow_log_archive_info, {"archive": str(tmp_path)})
    assert result["streams"] == [] and result["compliant"] is False
