# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of query parameters and its checks."""

from __future__ import annotations

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.query import BY_NAME, PARAMETERS, PROTOCOLS, allowed, build, check_id
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError

NOW = 1_795_339_086_123
FIREWALL = "2af58b7c-893c-4453-a984-bdd9b1bd6318"
LEAST = {"fw_instance_id": FIREWALL, "start_time": "-1h", "end_time": "now"}

# The specification's table "Query Parameters", and the six of the vendor's newer pages.
SPECIFIED = {
    "fw_instance_id", "direction", "log_type", "start_time", "end_time", "src_ip", "src_port", "dst_ip", "dst_port", "protocol", "app",
    "log_id", "next_date", "offset", "limit", "enterprise_project_id", "dst_host",
    "src_region_name", "dst_region_name", "src_province_name", "dst_province_name", "src_city_name", "dst_city_name",
}  # fmt: skip


def test_the_table_is_the_specification():
    assert set(BY_NAME) == SPECIFIED
    assert len(PARAMETERS) == len(SPECIFIED)
    # limit is mandatory too; it has a default.
    assert {parameter.name for parameter in PARAMETERS if parameter.required or parameter.default} == {"fw_instance_id", "start_time", "end_time", "limit"}
    assert PROTOCOLS == {"6": "TCP", "17": "UDP", "1": "ICMP", "58": "ICMPv6", "-1": "ANY"}


def test_build_leaves_out_what_is_not_given_and_ignores_other_options():
    assert build({**LEAST, "src_ip": None, "access_key": "AK"}, NOW) == {
        "fw_instance_id": FIREWALL,
        "start_time": NOW - 3_600_000,
        "end_time": NOW,
        "limit": 1024,
    }


def test_build_passes_every_parameter_under_its_name():
    given = {
        "fw_instance_id": FIREWALL,
        "start_time": "1663555012000",
        "end_time": 1664159798000,
        "log_type": "vgw",
        "direction": "in2out",
        "src_ip": "2001:db8::1",
        "src_port": 0,
        "dst_ip": "100.95.148.49",
        "dst_port": "65535",
        "protocol": "udp",
        "app": "HTTPS",
        "dst_host": "bücher.example",
        "src_region_name": "Österreich",
        "dst_region_name": "China",
        "src_province_name": "Wien",
        "dst_province_name": "广东",
        "src_city_name": "Wien",
        "dst_city_name": "深圳",
        "log_id": "76354",
        "next_date": 1664155428000,
        "offset": 10,
        "limit": 1,
        "enterprise_project_id": "0",
    }
    assert set(given) == SPECIFIED
    assert build(given, NOW) == {**given, "start_time": 1663555012000, "dst_port": 65535, "protocol": "UDP"}


@pytest.mark.parametrize("number, name", PROTOCOLS.items())
def test_protocols_by_number_and_by_name(number, name):
    for given, passed in ((number, number), (int(number), number), (name, name), (name.lower(), name), (name.upper(), name)):
        assert build({**LEAST, "protocol": given}, NOW)["protocol"] == passed


REFUSED = [
    ("limit", 0),
    ("limit", 1025),
    ("limit", -1),
    ("limit", True),
    ("limit", 10.0),
    ("limit", "ten"),
    ("limit", "9" * 5000),
    ("src_port", -1),
    ("src_port", 65536),
    ("src_port", 22.5),
    ("src_port", True),
    ("dst_port", 65536),
    ("dst_port", "22-25"),
    ("dst_port", "２２"),
    ("offset", -1),
    ("offset", 2**31),
    ("next_date", -1),
    ("protocol", "SCTP"),
    ("protocol", 132),
    ("protocol", True),
    ("protocol", ""),
    ("direction", "inbound"),
    ("direction", "IN2OUT"),
    ("log_type", "Internet"),
    ("log_type", ["internet"]),
    ("src_ip", "10.0.0.0/8"),
    ("src_ip", "10.0.0.256"),
    ("src_ip", " 10.0.0.1"),
    ("dst_ip", "fe80::1%eth0"),
    ("dst_ip", "host.example"),
    ("dst_ip", 167772161),
    ("app", ""),
    ("app", "  "),
    ("app", "HTTP\r\nX-Evil: 1"),
    ("app", "a" * 257),
    ("dst_host", "a\x00b"),
    ("dst_host", {"a": 1}),
    ("dst_host", "line\u2028separator"),
    ("dst_host", "\ud800"),
    ("src_city_name", "\x7f"),
    ("fw_instance_id", "../../etc"),
    ("fw_instance_id", "a/b"),
    ("fw_instance_id", "a?b=c"),
    ("fw_instance_id", "a" * 65),
    ("fw_instance_id", "ä"),
    ("fw_instance_id", "a\n"),
    ("fw_instance_id", 7),
    ("fw_instance_id", None),
    ("enterprise_project_id", "a b"),
    ("log_id", "a\nb"),
    ("start_time", 1663555012),
    ("start_time", True),
    ("start_time", None),
    ("end_time", "yesterday"),
    ("end_time", "-1h"),
    ("end_time", "-2h"),
]


@pytest.mark.parametrize("name, value", REFUSED)
def test_refused_values_name_option_value_and_what_is_allowed(name, value):
    with pytest.raises(OptionError) as caught:
        build({**LEAST, "next_date" if name == "log_id" else "log_id": None, name: value}, NOW)
    error = caught.value
    assert error.details["option"] == name
    assert name in error.message and "\n" not in str(error) and len(str(error)) < 500
    if value is not None and name != "end_time":
        assert repr(value)[:40] in error.message
        assert allowed(BY_NAME[name]) in str(error)
    assert error.hint


@pytest.mark.parametrize("given, missing", [("log_id", "next_date"), ("next_date", "log_id")])
def test_half_a_cursor_is_refused(given, missing):
    with pytest.raises(OptionError, match=f"{given} is given without {missing}"):
        build({**LEAST, given: "1664155428000"}, NOW)


def test_safe_ids():
    assert check_id("project_id", "9d80d070b6d44942af73c9c3d38e0429") == "9d80d070b6d44942af73c9c3d38e0429"
    with pytest.raises(OptionError, match="project_ids"):
        check_id("project_ids", "..")
