# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow logs as ECS documents: fields and types of the published schema, complete, and without anything made up."""

from __future__ import annotations

import copy
import datetime
import ipaddress
import os

import pytest
import yaml
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.siem.ecs import VERSION, to_ecs
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.siem.flows import END, EXAMPLE, FIREWALL, START, odd_records

with open(os.path.join(os.path.dirname(__file__), "ecs_9_4_0.yml"), encoding="utf-8") as file:
    SCHEMA = yaml.safe_load(file)
GEO = {"region": "country_name", "province": "region_name", "city": "city_name"}


def milliseconds(text):
    """Epoch ms of an ISO 8601 date, exactly."""
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    return (moment - datetime.datetime(1970, 1, 1)) // datetime.timedelta(milliseconds=1)


def restored(document):
    """The record, read back from its document alone."""
    event, network = document["event"], document.get("network", {})
    record = {"start_time": milliseconds(event["start"]), "log_id": event.get("id")}
    record.update(end_time=milliseconds(event["end"]) if "end" in event else None, bytes=network.get("bytes"), packets=network.get("packets"))
    for side, name in (("src", "source"), ("dst", "destination")):
        values = document.get(name, {})
        geo = values.get("geo", {})
        record.update({f"{side}_ip": values.get("address"), f"{side}_port": values.get("port"), f"{side}_host": values.get("domain")})
        record.update({f"{side}_{kind}_name": geo.get(field) for kind, field in GEO.items()})
    found = {name: value for name, value in record.items() if value is not None}
    found.update(document.get("huawei", {}).get("cfw", {}))
    return found


def leaves(document, prefix=""):
    for name, value in document.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def fits(kind, value):
    if kind == "date":
        return milliseconds(value) >= 0
    if kind == "ip":
        return ipaddress.ip_address(value) is not None
    if kind == "long":
        return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
    return kind == "keyword" and isinstance(value, str) and value != ""


def assert_valid(document):
    for name, value in leaves({name: value for name, value in document.items() if name != "huawei"}):
        assert name in SCHEMA["types"], name
        assert isinstance(value, list) == (name in SCHEMA["arrays"]), name
        for one in value if isinstance(value, list) else [value]:
            assert fits(SCHEMA["types"][name], one), (name, one)
            assert one in SCHEMA["allowed"].get(name, [one]), (name, one)


def test_the_specifications_example():
    document = to_ecs(EXAMPLE, FIREWALL, "internet")
    assert document["ecs"] == {"version": "9.4.0"} and SCHEMA["version"] == VERSION
    assert document["@timestamp"] == document["event"]["end"] == "2022-09-26T01:24:53.000Z"
    assert document["event"]["start"] == "2022-09-26T01:23:48.000Z" and document["event"]["duration"] == (END - START) * 1_000_000
    assert document["event"]["id"] == "76354" and document["event"]["category"] == ["network"]
    assert document["source"] == {"address": "100.93.27.17", "ip": "100.93.27.17", "port": 49634}
    assert document["network"] == {"iana_number": "6", "transport": "tcp", "type": "ipv4", "protocol": "ssh", "direction": "inbound", "packets": 25}
    assert document["related"] == {"ip": ["100.93.27.17", "100.95.148.49"]}
    assert document["cloud"]["project"] == {"id": FIREWALL["project_id"], "name": "cn-north-4"} and document["observer"]["name"] == "edge"
    assert document["huawei"]["cfw"] == {
        "app": "SSH",
        "bytes": 34.5,
        "direction": "out2in",
        "protocol": "TCP",
        "log_type": "internet",
        "fw_instance_id": FIREWALL["fw_instance_id"],
    }


def test_documents_follow_the_schema():
    for record in [EXAMPLE, *odd_records(1000)]:
        assert_valid(to_ecs(record, FIREWALL, "internet"))


@pytest.mark.parametrize("wrong", [{"network": {"bytes": 34.5}}, {"event": {"category": ["net"]}}, {"source": {"ips": "x"}}, {"event": {"kind": ["event"]}}])
def test_the_check_would_tell(wrong):
    with pytest.raises(AssertionError):
        assert_valid(wrong)


def test_nothing_is_lost():
    for record in odd_records(2000):
        before = copy.deepcopy(record)
        assert restored(to_ecs(record)) == before
        assert record == before


@pytest.mark.parametrize(
    "direction, log_type, expected",
    [("out2in", "internet", "inbound"), ("in2out", "nat", "outbound"), ("in2out", "vpc", "internal"), ("sideways", None, "unknown"), (None, None, None)],
)
def test_direction(direction, log_type, expected):
    assert to_ecs({**EXAMPLE, "direction": direction}, log_type=log_type)["network"].get("direction") == expected


@pytest.mark.parametrize(
    "app, protocol, application", [("HTTPS", "https", None), ("TLS1", "tls", None), ("WeChat", None, "wechat"), ("ANY", None, None), ("", None, None)]
)
def test_applications_that_are_protocols(app, protocol, application):
    document = to_ecs({**EXAMPLE, "app": app})
    assert (document["network"].get("protocol"), document["network"].get("application")) == (protocol, application)
    assert document["huawei"]["cfw"]["app"] == app


@pytest.mark.parametrize("sent, number, name", [("ICMPv6", "58", "ipv6-icmp"), ("47", "47", None), ("ANY", None, None)])
def test_transport(sent, number, name):
    network = to_ecs({**EXAMPLE, "protocol": sent})["network"]
    assert (network.get("iana_number"), network.get("transport")) == (number, name)


def test_places_and_hosts():
    document = to_ecs({**EXAMPLE, "dst_host": "www.example.com", "src_region_id": "CN", "src_region_name": "China", "src_province_name": "Beijing"})
    assert document["destination"]["domain"] == "www.example.com" and document["related"]["hosts"] == ["www.example.com"]
    assert document["source"]["geo"] == {"country_name": "China", "region_name": "Beijing"}
    assert document["huawei"]["cfw"]["src_region_id"] == "CN"


def test_one_record_or_many():
    assert to_ecs([EXAMPLE, EXAMPLE]) == [to_ecs(EXAMPLE)] * 2
