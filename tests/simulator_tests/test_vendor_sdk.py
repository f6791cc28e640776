# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendor's own SDK, unmodified, works against the simulator: the simulator's claim to be like the real service."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from huaweicloudsdkcfw.v1 import (
    CfwClient,
    ListFirewallDetailRequest,
    ListFirewallListRequest,
    ListFlowLogsRequest,
    QueryFireWallInstanceDto,
)
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.region.region import Region

from simulator import Simulator

WORLD = {
    "days": 2,
    "shape": {"tie_ms": [2300]},
    "projects": [{"name": "cn-north-4", "firewalls": [{"name": "edge", "tags": {"stage": "test"}, "log_types": {"internet": 9000, "vpc": 100}}]}],
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(WORLD) as running:
        yield running


def client_of(simulator: Simulator, secret_key: str | None = None) -> CfwClient:
    world = simulator.world
    credentials = BasicCredentials(world.access_key, secret_key or world.secret_key, next(iter(world.projects)))
    return CfwClient.new_builder().with_credentials(credentials).with_endpoint(simulator.url).build()


def test_lists_firewalls(simulator: Simulator) -> None:
    request = ListFirewallListRequest(body=QueryFireWallInstanceDto(limit=10, offset=0))
    answer = client_of(simulator).list_firewall_list(request)
    assert answer.data.total == 1
    listed = answer.data.records[0]
    assert listed.fw_instance_name == "edge" and listed.status == 2 and json.loads(listed.tags) == {"stage": "test"}
    detail = client_of(simulator).list_firewall_detail(ListFirewallDetailRequest(offset=0, limit=10, service_type=0, fw_instance_id=listed.fw_instance_id))
    assert detail.data.records[0].name == "edge" and len(detail.data.records[0].protect_objects) == 2


@pytest.mark.parametrize("order", ["newest_first", "oldest_first"])
def test_pages_through_all_flow_logs_by_cursor(simulator: Simulator, order: str) -> None:
    simulator.set(order=order)
    client = client_of(simulator)
    project_id, fw_instance_id, log_type = simulator.streams()[0]
    found: list[str] = []
    cursor: dict[str, object] = {}
    while True:
        request = ListFlowLogsRequest(
            fw_instance_id=fw_instance_id,
            log_type=log_type,
            start_time=0,
            end_time=simulator.now(),
            limit=1024,
            **cursor,  # type: ignore[arg-type]
        )
        data = client.list_flow_logs(request).data
        assert data.limit == 1024
        found += [record.log_id for record in data.records]
        if len(data.records) < 1024:
            break
        cursor = {"log_id": data.records[-1].log_id, "next_date": data.records[-1].start_time}
    assert len(found) == len(set(found)) == data.total == 9000
    truth = simulator.truth(project_id=project_id, fw_instance_id=fw_instance_id, log_type=log_type)
    texts = simulator.truth_lines(project_id=project_id, fw_instance_id=fw_instance_id, log_type=log_type)
    assert truth["count"] == 9000 and {json.loads(text)["log_id"] for text in texts} == set(found)


def test_filters_and_odd_characters_survive_the_signature(simulator: Simulator) -> None:
    project_id, fw_instance_id, log_type = simulator.streams()[0]
    for text in simulator.truth_lines(project_id=project_id, fw_instance_id=fw_instance_id, log_type=log_type):
        record = json.loads(text)
        if not record.get("dst_host", "").isascii():
            break
    else:
        pytest.fail("the world holds no host beyond ASCII")
    request = ListFlowLogsRequest(
        fw_instance_id=fw_instance_id,
        start_time=record["start_time"],
        end_time=record["start_time"],
        limit=10,
        dst_host=record["dst_host"],
        src_ip=record["src_ip"],
    )
    assert record["log_id"] in [found.log_id for found in client_of(simulator).list_flow_logs(request).data.records]


def test_project_is_found_by_the_sdk_through_iam(simulator: Simulator) -> None:
    world = simulator.world
    credentials = BasicCredentials(world.access_key, world.secret_key).with_iam_endpoint(simulator.url)
    region = Region(id="cn-north-4", endpoint=simulator.url)
    client = CfwClient.new_builder().with_credentials(credentials).with_region(region).build()
    answer = client.list_firewall_list(ListFirewallListRequest(body=QueryFireWallInstanceDto(limit=1, offset=0)))
    assert answer.data.project_id == next(iter(world.projects))


def test_wrong_secret_and_wrong_range_are_told_apart(simulator: Simulator) -> None:
    request = ListFlowLogsRequest(fw_instance_id=simulator.streams()[0][1], start_time=2, end_time=1, limit=1)
    with pytest.raises(ClientRequestException) as refused:
        client_of(simulator, secret_key="wrong").list_flow_logs(request)
    assert (refused.value.status_code, refused.value.error_code) == (401, "APIG.0301")
    with pytest.raises(ClientRequestException) as refused:
        client_of(simulator).list_flow_logs(request)
    assert (refused.value.status_code, refused.value.error_code, refused.value.error_msg) == (400, "CFW.00500002", "time range error")
    assert refused.value.request_id
