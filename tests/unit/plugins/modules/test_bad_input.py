# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input: each kind gives one line that says what to change, before anything is sent, and never a secret."""

from __future__ import annotations

import json

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.modules import (
    cfw_firewall_info,
    cfw_flow_log_archive,
    cfw_flow_log_archive_info,
    cfw_flow_log_info,
    cfw_flow_log_report,
)
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.fake_service import FIREWALL, PROJECT, FakeService
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.run_module import run_module

SECRET = "Secret-f3a1b2c4d5e6"
GOOD = {
    cfw_flow_log_info: {"fw_instance_id": FIREWALL, "start_time": "-1h", "end_time": "now"},
    cfw_firewall_info: {},
    cfw_flow_log_archive: {"fw_instance_id": FIREWALL, "archive": "/nonexistent/archive"},
    cfw_flow_log_archive_info: {"archive": "/nonexistent/archive"},
    cfw_flow_log_report: {"archive": "/nonexistent/archive", "dest": "/nonexistent/report"},
}
ONE = {"project_id": PROJECT, "fw_instance_id": FIREWALL}

# module, options on top of good ones, what the message names
BAD = [
    (cfw_flow_log_info, {"limit": 0}, "limit: 0 is out of range. Give an integer from 1 to 1024"),
    (cfw_flow_log_info, {"limit": 1025}, "from 1 to 1024"),
    (cfw_flow_log_info, {"limit": "many"}, "limit"),
    (cfw_flow_log_info, {"limit": True}, "limit: True is not an integer"),
    (cfw_flow_log_info, {"src_port": 65536}, "src_port: 65536 is out of range. Give an integer from 0 to 65535"),
    (cfw_flow_log_info, {"dst_port": -1}, "dst_port"),
    (cfw_flow_log_info, {"dst_port": 22.5}, "dst_port"),
    (cfw_flow_log_info, {"src_port": "22-25"}, "src_port"),
    (cfw_flow_log_info, {"protocol": "SCTP"}, "protocol: 'SCTP' is not known. Give one of TCP, UDP, ICMP, ICMPv6, ANY or 6, 17, 1, 58, -1"),
    (cfw_flow_log_info, {"direction": "inbound"}, "direction must be one of: in2out, out2in"),
    (cfw_flow_log_info, {"log_type": "all"}, "log_type must be one of: internet, vpc, nat, vgw"),
    (cfw_flow_log_info, {"offset": -1}, "offset: -1"),
    (cfw_flow_log_info, {"start_time": 1663555012}, "looks like seconds"),
    (cfw_flow_log_info, {"start_time": "yesterday"}, "start_time: 'yesterday' is not a time"),
    (cfw_flow_log_info, {"start_time": "2026-02-30"}, "calendar"),
    (cfw_flow_log_info, {"start_time": "-99999w"}, "out of range"),
    (cfw_flow_log_info, {"start_time": "now", "end_time": "-1h"}, "end_time"),
    (cfw_flow_log_info, {"start_time": "2026-01-01", "end_time": "2026-01-01"}, "not after start_time"),
    (cfw_flow_log_info, {"log_id": "76354"}, "log_id is given without next_date"),
    (cfw_flow_log_info, {"next_date": 1663555012000}, "next_date is given without log_id"),
    (cfw_flow_log_info, {"src_ip": "10.0.0.0/8"}, "src_ip"),
    (cfw_flow_log_info, {"dst_ip": "host.example"}, "dst_ip"),
    (cfw_flow_log_info, {"fw_instance_id": "../../v1"}, "fw_instance_id: '../../v1' is not an ID"),
    (cfw_flow_log_info, {"fw_instance_id": ""}, "fw_instance_id: '' is empty"),
    (cfw_flow_log_info, {"app": "HTTP\r\nX: y"}, "control character"),
    (cfw_flow_log_info, {"dst_host": "a" * 300}, "dst_host"),
    (cfw_flow_log_info, {"query": "records["}, "query"),
    (cfw_flow_log_info, {"query": "nothing(records)"}, "there is no function nothing"),
    (cfw_flow_log_info, {"max_records": -1}, "max_records: -1"),
    (cfw_flow_log_info, {"project_id": "a/../b"}, "project_id"),
    (cfw_flow_log_info, {"enterprise_project_id": "a b"}, "enterprise_project_id: 'a b' is not an ID"),
    (cfw_flow_log_info, {"region": "cn/north"}, "region"),
    (cfw_flow_log_info, {"endpoint": "http://cfw.example.com"}, "not encrypted"),
    (cfw_flow_log_info, {"endpoint": f"https://user:{SECRET}@cfw.example.com"}, "endpoint"),
    (cfw_flow_log_info, {"auth_url": "ftp://iam.example.com"}, "auth_url"),
    (cfw_flow_log_info, {"auth_source": "keychain"}, "auth_source must be one of"),
    (cfw_flow_log_info, {"secret_key": None}, "secret_key"),
    (cfw_flow_log_info, {"access_key": None}, "access_key"),
    (cfw_flow_log_info, {"auth_source": "password", "user_name": "me", "password": SECRET, "access_key": None, "secret_key": None}, "domain"),
    (cfw_flow_log_info, {"timeout": 0}, "timeout"),
    (cfw_flow_log_info, {"retry_timeout": -1}, "retry_timeout"),
    (cfw_flow_log_info, {"rate_limit": 0}, "rate_limit"),
    (cfw_flow_log_info, {"ca_path": "/nonexistent/ca.pem"}, "ca_path"),
    (cfw_flow_log_info, {"auth_source": "file", "credentials_file": "/nonexistent/credentials"}, "/nonexistent/credentials"),
    (cfw_flow_log_info, {"dst_prot": 22}, "dst_prot"),
    (cfw_firewall_info, {"project_ids": ["a/b"]}, "project_ids: 'a/b' is not an ID"),
    (cfw_firewall_info, {"project_ids": []}, "project_ids is empty"),
    (cfw_firewall_info, {"project_ids": ["a"], "project_names": ["b"]}, "mutually exclusive"),
    (cfw_firewall_info, {"project_ids": ["a"], "all_projects": True}, "exclude each other"),
    (cfw_firewall_info, {"fw_instance_id": "a?b"}, "fw_instance_id"),
    (cfw_firewall_info, {"on_unreadable": "shrug"}, "on_unreadable"),
    (cfw_flow_log_archive, {"archive": "https://bucket/prefix"}, "s3://bucket/prefix"),
    (cfw_flow_log_archive, {"archive": "  "}, "archive"),
    (cfw_flow_log_archive, {"fw_instance_id": None}, "firewalls, fw_instance_id"),
    (cfw_flow_log_archive, {"firewalls": [ONE]}, "mutually exclusive"),
    (cfw_flow_log_archive, {"fw_instance_id": None, "firewalls": []}, "firewalls is empty"),
    (cfw_flow_log_archive, {"fw_instance_id": None, "firewalls": [ONE, {**ONE, "fw_instance_id": ".."}]}, "firewalls[1].fw_instance_id: '..' is not an ID"),
    (cfw_flow_log_archive, {"fw_instance_id": None, "firewalls": [ONE, ONE]}, "firewalls[1]"),
    (cfw_flow_log_archive, {"fw_instance_id": None, "firewalls": [{"project_id": PROJECT}]}, "fw_instance_id"),
    (cfw_flow_log_archive, {"log_types": []}, "log_types is empty"),
    (cfw_flow_log_archive, {"log_types": ["internet", "lan"]}, "log_types"),
    (cfw_flow_log_archive, {"window": "7h"}, "window"),
    (cfw_flow_log_archive, {"window": "2d"}, "window"),
    (cfw_flow_log_archive, {"window": "0"}, "window"),
    (cfw_flow_log_archive, {"settle": "soon"}, "settle"),
    (cfw_flow_log_archive, {"concurrency": 65}, "concurrency: 65 is out of range. Give an integer from 1 to 64"),
    (cfw_flow_log_archive, {"concurrency": 0}, "concurrency"),
    (cfw_flow_log_archive, {"recheck_requests": -1}, "recheck_requests: -1 is out of range"),
    (cfw_flow_log_archive, {"forecast_requests": -1}, "forecast_requests: -1 is out of range"),
    (cfw_flow_log_archive, {"encoding": "csv"}, "encoding"),
    (cfw_flow_log_archive, {"fail_on": "some"}, "fail_on"),
    (cfw_flow_log_archive, {"start_time": "-1h", "end_time": "-2h"}, "end_time"),
    (cfw_flow_log_archive_info, {}, "/nonexistent/archive"),
    (cfw_flow_log_archive_info, {"archive": "https://bucket"}, "s3://bucket/prefix"),
    (cfw_flow_log_archive_info, {"log_types": ["internet"]}, "firewalls"),
    (cfw_flow_log_archive_info, {"firewalls": [{"project_id": "..", "fw_instance_id": FIREWALL}]}, "firewalls[0].project_id"),
    (cfw_flow_log_archive_info, {"heads": ["abc"]}, "heads[0]: 'abc' is no SHA-256"),
    (cfw_flow_log_archive_info, {"start_time": "tomorrow"}, "start_time"),
    (cfw_flow_log_archive_info, {"verify": "everything"}, "verify"),
    (cfw_flow_log_report, {"dest": ""}, "dest is empty"),
]


@pytest.mark.parametrize("module, options, named", BAD, ids=lambda value: json.dumps(value) if isinstance(value, dict) else None)
def test_one_line_that_names_what_to_change(module, options, named, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    with FakeService({}) as service:
        connection = {} if module in (cfw_flow_log_archive_info, cfw_flow_log_report) else service.connection(secret_key=SECRET)
        given = {name: value for name, value in {**connection, **GOOD[module], **options}.items() if value is not None}
        result = run_module(module, given)
        assert service.requests == []
    assert result["failed"] is True
    assert named in result["msg"]
    assert "\n" not in result["msg"] and len(result["msg"]) < 1500
    assert "exception" not in result
    result.pop("invocation")
    assert SECRET not in json.dumps(result)
