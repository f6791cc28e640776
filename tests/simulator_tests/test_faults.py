# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults, rate limits, arrivals and lies, each seen from a plain client."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import requests
from plain_client import NOW, Client, ids

from simulator import Simulator

HOUR = 3_600_000


@pytest.mark.parametrize(
    "kind,status,sign",
    [
        ("500", 500, '"error_code":"CFW.00500001"'),
        ("502", 502, "<html>"),
        ("503", 503, '"error_code":"APIG.0202"'),
        ("504", 504, '"error_code":"APIG.0201"'),
        ("html", 200, "<html>"),
        ("429", 429, '"error_code":"APIG.0308"'),
    ],
)
def test_fail_next_replaces_answers_one_each(client: Client, kind: str, status: int, sign: str) -> None:
    client.simulator.set(fail_next=["ok", kind, kind])
    assert client.ask(limit=1).status_code == 200
    for _time in range(2):
        answer = client.ask(limit=1)
        assert answer.status_code == status and sign in answer.text and answer.headers["X-Request-Id"]
        assert answer.headers["Content-Type"].startswith("text/html") == ("<html>" in sign)
    assert client.ask(limit=1).status_code == 200
    assert [request["fault"] for request in client.simulator.requests()] == [None, kind, kind, None]


def test_reset_and_cut_break_the_connection(client: Client) -> None:
    client.simulator.set(fail_next=["reset", "cut"])
    with pytest.raises(requests.ConnectionError):
        client.ask(limit=100)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)):
        client.ask(limit=100)
    assert len(client.records(limit=100)) == 100


def test_slow_drips_but_arrives(client: Client) -> None:
    client.simulator.set(fail_next="slow", slow_ms=300)
    began = time.monotonic()
    assert len(client.records(limit=100)) == 100
    assert time.monotonic() - began >= 0.28


def test_error_rate_is_seeded(client: Client) -> None:
    def statuses() -> list[int]:
        client.simulator.set(seed=7, error_rate=0.4, error_kinds=["500", "503"])
        return [client.ask(limit=1).status_code for unused in range(40)]

    first = statuses()
    assert first == statuses() and set(first) == {200, 500, 503} and 8 <= first.count(200) <= 35


def test_fault_scope(client: Client) -> None:
    paths = {"token": "/v3/auth/projects", "firewall": f"/v1/{client.project_id}/firewall/exist?offset=0&limit=1&service_type=0"}
    for scope, hit in (("iam", ["token"]), ("cfw", ["firewall", "logs"]), ("logs", ["logs"]), ("all", ["token", "firewall", "logs"])):
        client.simulator.set(fault_scope=scope, error_rate=1, error_kinds=["503"])
        answers = {name: client.get(path).status_code for name, path in paths.items()} | {"logs": client.ask(limit=1).status_code}
        assert [name for name, status in answers.items() if status == 503] == hit


def test_latency_and_jitter(client: Client) -> None:
    client.ask(limit=1)
    client.simulator.set(latency_ms=80)
    began = time.monotonic()
    client.ask(limit=1)
    assert time.monotonic() - began >= 0.08
    client.simulator.set(latency_ms=0, latency_jitter_ms=60)
    took = []
    for _time in range(6):
        began = time.monotonic()
        client.ask(limit=1)
        took.append(time.monotonic() - began)
    assert max(took) - min(took) > 0.005


def test_requests_are_served_side_by_side(client: Client) -> None:
    client.simulator.set(latency_ms=200)
    threads = [threading.Thread(target=client.ask, kwargs={"limit": 1}) for unused in range(8)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < 1.2
    assert client.simulator.journal()["most_in_flight"] >= 4


@pytest.mark.parametrize("shape", ["bucket", "fixed_second", "penalty"])
def test_rate_limit_and_its_message(client: Client, shape: str) -> None:
    client.simulator.set(rate_limit=5, rate_shape=shape, rate_penalty_ms=700)
    answers = [client.ask(limit=1) for unused in range(25)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused and len(refused) >= 8 and answers[0].status_code == 200
    body = refused[0].json()
    assert body["error_code"] == "APIG.0308" and body["request_id"] == refused[0].headers["X-Request-Id"]
    assert body["error_msg"] == "The throttling threshold has been reached: policy user over ratelimit,limit:5,time:1 second"
    assert client.get("/v3/auth/projects").status_code == 200  # another API, another count
    if shape == "penalty":
        time.sleep(0.3)
        assert client.ask(limit=1).status_code == 429
    time.sleep(1.1)
    assert client.ask(limit=1).status_code == 200


def test_rate_limit_of_other_forms(client: Client) -> None:
    client.simulator.set(rate_limit=2, rate_period="minute", rate_prefix="APIGW")
    message = [client.ask(limit=1) for unused in range(3)][-1].json()
    assert message["error_code"] == "APIGW.0308" and message["error_msg"].endswith("limit:2,time:1 minute")
    client.simulator.set(rate_message=False)
    assert client.refusal(limit=1)[2] == "The throttling threshold has been reached"


def test_refusing_projects_and_firewalls(client: Client) -> None:
    body = {"limit": 10, "offset": 0}
    client.simulator.set(refuse_firewalls=["edge"])
    assert client.refusal()[:2] == (403, "APIG.0302")
    assert client.post(f"/v1/{client.project_id}/firewalls/list", body).status_code == 200
    client.simulator.set(refuse_projects=[client.project_id], refuse_firewalls=[])
    assert client.refusal()[:2] == (403, "APIG.0302")
    assert client.post(f"/v1/{client.project_id}/firewalls/list", body).status_code == 403


def test_frozen_and_empty_firewalls(client: Client) -> None:
    def status() -> int:
        return client.post(f"/v1/{client.project_id}/firewalls/list", {"limit": 10, "offset": 0, "key_word": "edge"}).json()["data"]["records"][0]["status"]

    assert status() == 2
    client.simulator.set(empty_firewalls=["edge"])
    assert status() == 2 and client.page() == {"limit": 1024, "records": [], "total": 0}
    client.simulator.set(empty_firewalls=[], frozen_firewalls=[client.fw_instance_id])
    assert status() == 5 and client.records() == []


def test_clock(client: Client) -> None:
    client.simulator.set(clock_ms=NOW, clock_offset_ms=-HOUR)
    assert client.ask(limit=1).headers["Date"] == "Mon, 21 Sep 2026 13:13:20 GMT"
    assert max(record["end_time"] for record in client.truth()) <= NOW - HOUR
    client.simulator.set(clock_ms="null", clock_offset_ms=0)
    assert NOW <= client.simulator.now() < NOW + HOUR


def test_late_records_appear_later() -> None:
    world = {
        "now": NOW,
        "shape": {"late": {"fraction": 0.2, "delay_ms": [HOUR, 2 * HOUR]}, "open": 0.05},
        "projects": [{"firewalls": [{"log_types": {"internet": 2000}}]}],
    }
    with Simulator(world) as simulator:
        client = Client(simulator)
        counts = []
        for hours in (0, 1, 4):
            simulator.set(clock_ms=NOW + hours * HOUR)
            counts.append(client.page(end_time=NOW + 4 * HOUR)["total"])
        assert counts[0] < counts[1] < counts[2] == 2000


def test_arrivals_while_paging(client: Client) -> None:
    client.simulator.set(clock_ms=NOW, arrive_per_request=3)
    before = set(ids(client.truth()))
    found = ids(client.chain(limit=500))
    assert len(found) == len(set(found)) and before <= set(found)
    requests_made = len(client.simulator.requests())
    assert len(client.truth()) == 3000 + 3 * requests_made
    low, high = NOW - 3 * HOUR, NOW - 2 * HOUR
    known = client.page(start_time=low, end_time=high)["total"]
    assert client.page(start_time=low, end_time=high)["total"] == known + 3


def test_records_added_by_hand(client: Client) -> None:
    stream = {"project_id": client.project_id, "fw_instance_id": client.fw_instance_id, "log_type": "internet"}
    client.simulator.set(clock_ms=NOW)
    text = f'{{"log_id":"late-one\\u0021", "start_time": {NOW - HOUR}, "end_time": {NOW - HOUR + 5},\n "odd": [1, 2]}}'
    assert client.simulator.add_records(**stream, records=[text])["log_ids"] == ["late-one!"]
    assert text in client.ask(start_time=NOW - HOUR, end_time=NOW - HOUR).text
    same_head = [{"log_id": f"late-one{letter}", "start_time": NOW - HOUR, "end_time": NOW - HOUR, "app": "XX"} for letter in "cab"]
    answer = client.post("/_sim/world/records", {**stream, "records": same_head, "visible_at": NOW + HOUR})
    assert answer.json()["added"] == 3
    assert client.page(app="XX")["total"] == 0
    client.simulator.set(clock_ms=NOW + HOUR)
    assert ids(client.records(app="XX")) == ["late-onec", "late-oneb", "late-onea"]
    assert ids(client.chain(app="XX", limit=1)) == ["late-onec", "late-oneb", "late-onea"]
    again = client.post("/_sim/world/records", {**stream, "records": same_head})
    assert again.status_code == 400 and "late-onec" in again.json()["error"]


@pytest.mark.parametrize("paging", ["cursor", "offset_only"])
def test_lie_repeat_page(client: Client, paging: str) -> None:
    client.simulator.set(repeat_page=True, paging=paging)
    first = client.records(limit=10)
    assert client.records(limit=10, log_id=first[-1]["log_id"], next_date=first[-1]["start_time"], offset=10) == first


def test_lie_jump_cursor(client: Client) -> None:
    client.simulator.set(jump_cursor=5)
    assert len(client.chain(limit=1000)) == 3000 - 2 * 5


def test_lie_shrinking_total(client: Client) -> None:
    client.simulator.set(shrinking_total=100)
    assert [client.page(limit=10)["total"] for unused in range(3)] == [3000, 2900, 2800]
    assert client.page(limit=10, start_time=1)["total"] == 3000


def test_lie_outside_range(client: Client) -> None:
    client.simulator.set(outside_range=2)
    low, high = NOW - 30 * HOUR, NOW - 20 * HOUR
    records = client.records(start_time=low, end_time=high)
    assert sum(not low <= record["start_time"] <= high for record in records) == 2


def test_lie_reorder_page(client: Client) -> None:
    honest = client.records(limit=50)
    client.simulator.set(reorder_page=True)
    lied = client.records(limit=50)
    assert ids(lied) != ids(honest) and sorted(ids(lied)) == sorted(ids(honest))


@pytest.mark.parametrize("limit", [100, 1024])
def test_lie_duplicate_rows(client: Client, limit: int) -> None:
    client.simulator.set(duplicate_rows=4)
    page = client.records(limit=limit)
    assert len(page) == limit and len(set(ids(page))) == limit - 4
    assert set(ids(client.chain(limit=limit))) == set(ids(client.truth()))


def test_lies_do_not_touch_the_truth(client: Client) -> None:
    honest: Any = client.simulator.truth(project_id=client.project_id, fw_instance_id=client.fw_instance_id, log_type="internet")
    client.simulator.set(duplicate_rows=4, outside_range=3, reorder_page=True, jump_cursor=9, repeat_page=True, shrinking_total=5)
    assert client.simulator.truth(project_id=client.project_id, fw_instance_id=client.fw_instance_id, log_type="internet") == honest
