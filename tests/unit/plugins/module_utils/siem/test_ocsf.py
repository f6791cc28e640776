# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow logs as OCSF events: valid by the published schema, complete, and without anything made up."""

from __future__ import annotations

import copy
import sys

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.siem.ocsf import VERSION, to_ocsf
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.siem.flows import END, EXAMPLE, FIREWALL, START, odd_records

VALUES = {
    "log_id": ("metadata", "uid"),
    "start_time": ("start_time",),
    "end_time": ("end_time",),
    "src_ip": ("src_endpoint", "ip"),
    "src_port": ("src_endpoint", "port"),
    "src_city_name": ("src_endpoint", "location", "city"),
    "dst_ip": ("dst_endpoint", "ip"),
    "dst_port": ("dst_endpoint", "port"),
    "dst_host": ("dst_endpoint", "hostname"),
    "dst_city_name": ("dst_endpoint", "location", "city"),
    "bytes": ("traffic", "bytes"),
    "packets": ("traffic", "packets"),
    "app": ("app_name",),
}


def restored(event):
    """The record, read back from its event alone."""
    record = {}
    for name, path in VALUES.items():
        value = event
        for key in path:
            value = value.get(key, {}) if isinstance(value, dict) else {}
        if value != {}:
            record[name] = value
    record.update(event.get("unmapped", {}))
    return record


@pytest.fixture(scope="module", name="problems", params=["1.5.0", "1.6.0", "1.7.0", VERSION])
def schema_problems(request):
    """Judge events by the published schema of a version, with the profiles that the events name."""
    if sys.version_info < (3, 10):
        pytest.skip("the published schema's package needs Python 3.10")
    import jsonschema
    import ocsf_json_schema

    source = ocsf_json_schema.OcsfJsonSchemaEmbedded(ocsf_json_schema.get_ocsf_schema(request.param))
    validators = {}

    def judge(event):
        profiles = tuple(event["metadata"]["profiles"])
        if profiles not in validators:
            schema = source.get_class_schema("network_activity", list(profiles))
            validators[profiles] = jsonschema.Draft202012Validator(schema)
        return [f"{'.'.join(map(str, error.path))}: {error.message}" for error in validators[profiles].iter_errors(event)]

    return judge


def test_the_specifications_example():
    event = to_ocsf(EXAMPLE, FIREWALL, "internet")
    assert event["metadata"] == {
        "version": "1.8.0",
        "profiles": ["cloud", "host"],
        "product": {"name": "Cloud Firewall", "vendor_name": "Huawei Cloud"},
        "uid": "76354",
    }
    assert (event["class_uid"], event["category_uid"], event["activity_id"], event["type_uid"]) == (4001, 4, 6, 400106)
    assert (event["start_time"], event["end_time"], event["time"], event["duration"]) == (START, END, END, END - START)
    assert event["src_endpoint"] == {"ip": "100.93.27.17", "port": 49634}
    assert event["dst_endpoint"] == {"ip": "100.95.148.49", "port": 22}
    assert event["connection_info"] == {"direction_id": 1, "direction": "Inbound", "protocol_num": 6, "protocol_name": "tcp", "protocol_ver_id": 4}
    assert event["traffic"] == {"packets": 25}
    assert event["unmapped"] == {"bytes": 34.5, "direction": "out2in", "protocol": "TCP", "log_type": "internet"}
    assert event["device"]["uid"] == FIREWALL["fw_instance_id"] and event["cloud"]["account"]["uid"] == FIREWALL["project_id"]


def test_events_are_valid(problems):
    for record in [EXAMPLE, *odd_records(400)]:
        for firewall in (None, FIREWALL):
            event = to_ocsf(record, firewall, "internet")
            assert problems(event) == [], record


def test_the_schema_would_tell(problems):
    """The validator that the other tests trust refuses what is wrong."""
    event = to_ocsf(EXAMPLE, FIREWALL, "internet")
    for wrong in ({"traffic": {"bytes": 34.5}}, {"activity_id": 77}, {"invented": 1}, {"src_endpoint": {"port": 22}}, {"connection_info": {}}):
        assert problems({**event, **wrong}), wrong


def test_nothing_is_lost():
    for record in odd_records(2000):
        before = copy.deepcopy(record)
        event = to_ocsf(record)
        assert restored(event) == before
        assert record == before


def test_fractions_are_not_rounded_and_whole_floats_are_numbers():
    assert to_ocsf({**EXAMPLE, "bytes": 34.0})["traffic"]["bytes"] == 34
    assert "bytes" not in to_ocsf(EXAMPLE)["traffic"]


def test_no_decision_of_the_firewall_is_made_up():
    event = to_ocsf(EXAMPLE, FIREWALL, "internet")
    assert not {"action", "action_id", "disposition", "disposition_id", "status", "status_id"} & set(event)


@pytest.mark.parametrize(
    "direction, log_type, expected",
    [
        ("out2in", "internet", (1, "Inbound")),
        ("in2out", "nat", (2, "Outbound")),
        ("out2in", "vpc", (3, "Lateral")),
        ("sideways", None, (99, "sideways")),
        (None, None, (0, "Unknown")),
    ],
)
def test_direction(direction, log_type, expected):
    connection = to_ocsf({**EXAMPLE, "direction": direction}, log_type=log_type)["connection_info"]
    assert (connection["direction_id"], connection["direction"]) == expected


@pytest.mark.parametrize(
    "sent, number, name",
    [
        ("TCP", 6, "tcp"),
        ("6", 6, "tcp"),
        (17, 17, "udp"),
        ("ICMPv6", 58, "ipv6-icmp"),
        ("47", 47, None),
        ("-1", None, None),
        ("ANY", None, None),
        ("x", None, None),
    ],
)
def test_protocol(sent, number, name):
    event = to_ocsf({**EXAMPLE, "protocol": sent})
    assert event["connection_info"].get("protocol_num") == number and event["connection_info"].get("protocol_name") == name
    assert event["unmapped"]["protocol"] == sent


def test_the_records_own_log_type_counts():
    assert to_ocsf({**EXAMPLE, "log_type": "vpc"}, log_type="nat")["connection_info"]["direction_id"] == 3


def test_without_an_end_the_time_is_the_start():
    record = {name: value for name, value in EXAMPLE.items() if name != "end_time"}
    assert to_ocsf(record)["time"] == START and "duration" not in to_ocsf(record)


def test_one_record_or_many():
    one = to_ocsf(EXAMPLE)
    assert to_ocsf([EXAMPLE, EXAMPLE]) == [one, one] == to_ocsf(record for record in (EXAMPLE, EXAMPLE))
    assert to_ocsf([]) == []


@pytest.mark.parametrize(
    "records, options, named",
    [
        ("text", {}, "records: 'text'"),
        (7, {}, "records: 7"),
        ([EXAMPLE, "text"], {}, r"records\[1\]: 'text'"),
        (EXAMPLE, {"log_type": "wan"}, "log_type: 'wan'"),
        (EXAMPLE, {"firewall": "edge"}, "firewall: 'edge'"),
        ({**EXAMPLE, "start_time": "now"}, {}, "76354.*start_time.*'now'"),
        ({**EXAMPLE, "start_time": 1.5}, {}, "start_time.*1.5"),
        ({"log_id": "7", "start_time": START, "src_port": 1}, {}, "'7' has neither src_ip nor dst_ip"),
    ],
)
def test_what_cannot_be_mapped_is_refused(records, options, named):
    with pytest.raises(OptionError, match=named):
        to_ocsf(records, **options)
