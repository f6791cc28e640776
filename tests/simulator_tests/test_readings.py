# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every open reading of the API, seen from a plain client and compared with the truth by brute force."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from plain_client import NOW, Client, ids

from simulator import Simulator

HOUR = 3_600_000


def _sorted(records: list[dict[str, Any]], field: str, newest: bool) -> list[str]:
    return ids(sorted(records, key=lambda record: (record[field], record["log_id"]), reverse=newest))


@pytest.mark.parametrize(
    "order,field,filter_time,end_bound",
    list(itertools.product(("newest_first", "oldest_first"), ("start_time", "end_time"), ("start_time", "end_time", "overlap"), ("inclusive", "exclusive"))),
)
def test_a_cursor_reads_every_record_once_in_order(client: Client, order: str, field: str, filter_time: str, end_bound: str) -> None:
    everything = client.truth(all=True)
    assert len(everything) == 3000
    low, high = sorted(record[field] for record in everything)[500], sorted(record[field] for record in everything)[2500]
    client.simulator.set(order=order, cursor_field=field, filter_time=filter_time, end_bound=end_bound)

    def matches(record: dict[str, Any]) -> bool:
        first, last = (record["end_time"], record["start_time"]) if filter_time == "overlap" else (record[filter_time],) * 2
        return first >= low and (last < high if end_bound == "exclusive" else last <= high)

    expected = _sorted([record for record in everything if matches(record)], field, order == "newest_first")
    assert len(expected) > 1000
    assert ids(client.chain(field, start_time=low, end_time=high, limit=300)) == expected
    assert client.page(start_time=low, end_time=high, limit=1)["total"] == len(expected)


@pytest.mark.parametrize("end_bound,found", [("inclusive", 1), ("exclusive", 0)])
def test_end_bound_at_one_record(client: Client, end_bound: str, found: int) -> None:
    client.simulator.set(end_bound=end_bound)
    record = client.truth()[-1]
    records = client.records(start_time=record["start_time"] - 1, end_time=record["start_time"])
    assert ids(records).count(record["log_id"]) == found


def test_a_cursor_of_the_wrong_field_loses_records(client: Client) -> None:
    client.simulator.set(cursor_field="end_time")
    assert len(set(ids(client.chain("start_time", limit=300)))) < 3000
    assert len(set(ids(client.chain("end_time", limit=300)))) == 3000


def test_pages_sorted_by_another_field_than_the_cursor(client: Client) -> None:
    client.simulator.set(cursor_field="end_time", sort_field="start_time", order="oldest_first")
    first = client.records(limit=100)
    assert ids(first) == ids(client.truth())[:100]
    following = client.records(limit=1024, log_id=first[-1]["log_id"], next_date=first[-1]["end_time"])
    beyond = [record for record in client.truth() if (record["end_time"], record["log_id"]) > (first[-1]["end_time"], first[-1]["log_id"])]
    assert ids(following) == ids(beyond)[:1024]


@pytest.mark.parametrize("order", ["newest_first", "oldest_first"])
def test_a_lossy_cursor_skips_the_rest_of_a_tie(client: Client, order: str) -> None:
    client.simulator.set(order=order, cursor_tie="lossy")
    found = ids(client.chain(limit=300))
    assert len(found) == len(set(found)) and 3000 - 700 <= len(found) <= 3000 - 399
    client.simulator.set(cursor_tie="exact")
    assert len(set(ids(client.chain(limit=300)))) == 3000


def test_cursor_ignores_offset(client: Client) -> None:
    first = client.records(limit=10)
    cursor = {"log_id": first[-1]["log_id"], "next_date": first[-1]["start_time"], "limit": 10}
    assert client.records(offset=500, **cursor) == client.records(**cursor) != first
    assert ids(client.records(offset=10, limit=10)) == ids(client.records(**cursor))


def test_cursor_needs_offset(client: Client) -> None:
    client.simulator.set(paging="cursor_needs_offset")
    first = client.records(limit=10)
    cursor = {"log_id": first[-1]["log_id"], "next_date": first[-1]["start_time"], "limit": 10}
    assert client.records(**cursor) == client.records(offset=0, **cursor) == first
    assert client.records(offset=1, **cursor) == client.records(offset=7, **cursor) == client.records(offset=10, limit=10) != first


def test_offset_only_and_its_bound(client: Client) -> None:
    client.simulator.set(paging="offset_only")
    first = client.records(limit=10)
    cursor = {"log_id": first[-1]["log_id"], "next_date": first[-1]["start_time"]}
    assert client.records(limit=10, **cursor) == first
    pages = [client.records(limit=1000, offset=offset, **cursor) for offset in (0, 1000, 2000, 3000)]
    assert ids(sum(pages, [])) == ids(client.truth())[::-1]
    assert client.ask(limit=1000, offset=9000).status_code == 200
    assert client.refusal(limit=1000, offset=9001)[:2] == (400, "CFW.00500002")
    client.simulator.set(offset_max=0)
    assert client.records(limit=1000, offset=9001) == []


def test_total(client: Client) -> None:
    assert client.page(limit=10)["total"] == 3000
    client.simulator.set(total="page")
    assert client.page(limit=10)["total"] == 10
    client.simulator.set(total="capped")
    assert client.page(limit=10)["total"] == 3000
    client.simulator.add_records(project_id=client.project_id, fw_instance_id=client.fw_instance_id, log_type="internet", count=8000, start=NOW - HOUR, end=NOW)
    assert client.page(limit=10)["total"] == 10_000
    client.simulator.set(total="matches")
    assert client.page(limit=10)["total"] == 11_000


def test_protocol_in_records_and_in_filters(client: Client) -> None:
    named = client.chain(protocol="TCP")
    assert named and {record["protocol"] for record in named} == {"TCP"} and named == client.chain(protocol="6")
    assert len(client.chain(protocol="-1")) == 3000
    client.simulator.set(protocol="numbers")
    numbered = client.chain(protocol="TCP")
    assert ids(numbered) == ids(named) and {record["protocol"] for record in numbered} == {"6"}
    client.simulator.set(protocol_filter="names")
    assert client.records(protocol="6") == [] and client.records(protocol="tcp")
    client.simulator.set(protocol_filter="numbers")
    assert client.records(protocol="TCP") == [] and client.records(protocol="6")


@pytest.mark.parametrize("name", ["src_ip", "dst_ip", "src_port", "dst_port", "app", "dst_host", "direction", "src_region_name", "dst_city_name"])
def test_filters_match_what_records_show(client: Client, name: str) -> None:
    everything = client.truth()
    value = next(record[name] for record in everything if record.get(name))
    expected = [record["log_id"] for record in everything if record.get(name) == value]
    assert 0 < len(expected) < 3000
    assert ids(client.chain(**{name: value})) == expected[::-1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 0},
        {"limit": 1025},
        {"limit": None},
        {"limit": "ten"},
        {"start_time": None},
        {"end_time": None},
        {"start_time": "now"},
        {"fw_instance_id": None},
        {"fw_instance_id": "unknown"},
        {"log_type": "lan"},
        {"direction": "inbound"},
        {"src_port": 65_536},
        {"dst_port": -1},
        {"protocol": "99"},
        {"src_ip": "300.1.1.1"},
        {"offset": -1},
        {"log_id": "1"},
        {"next_date": 1},
        {"enterprise_project_id": "another"},
    ],
)
def test_documented_constraints_are_enforced(client: Client, wrong: dict[str, Any]) -> None:
    status, code, message = client.refusal(**wrong)
    assert status == 400 and 8 <= len(code) <= 36 and 2 <= len(message) <= 512


def test_time_range_error_and_equal_bounds(client: Client) -> None:
    assert client.refusal(start_time=NOW, end_time=NOW - 1) == (400, "CFW.00500002", "time range error")
    instant = client.truth()[0]["start_time"]
    assert client.records(start_time=instant, end_time=instant)
    client.simulator.set(equal_bounds="refused")
    assert client.refusal(start_time=instant, end_time=instant)[2] == "time range error"


def test_log_type_when_omitted_and_unknown_to_the_region(client: Client) -> None:
    assert client.page(log_type=None)["total"] == 3000
    client.simulator.set(default_log_type="vpc")
    assert client.page(log_type=None)["total"] == 40
    assert client.page(log_type="vgw")["total"] == 0
    client.simulator.set(log_types=["internet", "vpc", "nat"])
    assert client.refusal(log_type="vgw")[0] == 400


def test_page_cap_and_echoed_limit(client: Client) -> None:
    client.simulator.set(page_cap=100)
    page = client.page(limit=1024)
    assert (len(page["records"]), page["limit"], page["total"]) == (100, 1024, 3000)
    assert len(set(ids(client.chain(limit=1024)))) == 3000


@pytest.mark.parametrize("field", ["start_time", "end_time"])
def test_retention(client: Client, field: str) -> None:
    everything = client.truth(all=True)
    client.simulator.set(clock_ms=NOW, retention_days=1, retention_field=field)
    oldest = (NOW - 24 * HOUR) // 60_000 * 60_000
    expected = [record["log_id"] for record in everything if record[field] >= oldest]
    assert 0 < len(expected) < 3000
    assert ids(client.chain()) == expected[::-1]
    client.simulator.set(clock_ms=NOW + 24 * HOUR)
    assert client.page()["total"] == 0 and len(client.truth()) == 0


def test_a_record_appears_only_when_its_session_has_ended(client: Client) -> None:
    client.simulator.set(clock_ms=NOW - 12 * HOUR)
    visible = [record["log_id"] for record in client.truth(all=True) if record["end_time"] <= NOW - 12 * HOUR]
    assert 0 < len(visible) < 3000
    assert ids(client.chain()) == visible[::-1] == ids(client.truth())[::-1]


def test_body_style_changes_no_record(client: Client) -> None:
    compact = client.ask(limit=50).text
    client.simulator.set(body_style="spaced")
    spaced = client.ask(limit=50).text
    assert spaced.startswith('{ "data" : { "limit" : 50, "records" : [ {') and compact.startswith('{"data":{"limit":50,"records":[{')
    assert json.loads(spaced) == json.loads(compact)


def test_gzip_is_for_those_who_ask(client: Client) -> None:
    assert client.ask().headers.get("Content-Encoding") == "gzip"
    plain = client.session.get(client.ask(limit=5).url, headers={"Accept-Encoding": "identity"}, timeout=20)
    assert "Content-Encoding" not in plain.headers
    client.simulator.set(gzip=False)
    assert "Content-Encoding" not in client.ask().headers


def test_records_are_realistic_and_hard_to_parse(client: Client) -> None:
    lines = list(client.simulator.truth_lines(project_id=client.project_id, fw_instance_id=client.fw_instance_id, log_type="internet"))
    records = [json.loads(line) for line in lines]
    assert 380 < sum(map(len, lines)) / len(lines) < 520
    assert len({record["log_id"] for record in records}) == 3000
    assert any(record["bytes"] % 1 for record in records) and any(isinstance(record["bytes"], int) for record in records)
    assert any(":" in record["src_ip"] for record in records) and any("." in record["src_ip"] for record in records)
    for field in ("dst_host", "app", "dst_port"):
        assert 0 < sum(field not in record for record in records) < 3000
    assert any("meta" in record for record in records) and any("vni" in record for record in records)
    assert any(b"},{" in line for line in lines) and any(b'\\"' in line for line in lines)
    assert any(not line.isascii() for line in lines) and any(b"\\u" in line for line in lines)
    by_start: dict[int, int] = {}
    for record in records:
        assert record["start_time"] <= record["end_time"] <= NOW
        by_start[record["start_time"]] = by_start.get(record["start_time"], 0) + 1
    assert max(by_start.values()) >= 700
    assert max(record["end_time"] - record["start_time"] for record in records) > 24 * HOUR
    assert any(record["log_id"].isdigit() for record in records) and any(record["log_id"].isalnum() and not record["log_id"].isdigit() for record in records)
    assert ids(records) == [log_id for unused, log_id in sorted((record["start_time"], record["log_id"]) for record in records)]


def test_equal_descriptions_give_equal_worlds() -> None:
    world = {"now": NOW, "projects": [{"firewalls": [{"log_types": {"internet": 500}}]}]}
    first, second = Simulator(world), Simulator(world)
    stream = dict(zip(("project_id", "fw_instance_id", "log_type"), first.streams()[0]))
    assert list(first.truth_lines(**stream)) == list(second.truth_lines(**stream))
    other = Simulator({**world, "seed": 2})
    assert other.streams() != first.streams()
