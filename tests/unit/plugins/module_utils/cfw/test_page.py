# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page is cut into records byte for byte, whichever way cuts it."""

from __future__ import annotations

import json

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw import page
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import TransportError

FLAT = [
    {"log_id": f"id-{number}", "start_time": 1_700_000_000_000 + number, "end_time": 1_700_000_000_500 + number, "bytes": 34.5, "dst_host": "héllo"}
    for number in range(50)
]
TORTURE = [
    {"log_id": "a", "start_time": 1, "end_time": 2, "x": "},{"},
    {"log_id": "b", "start_time": 3, "end_time": None, "nested": {"log_id": "q", "list": [{"start_time": 9}]}},
    {"start_time": "5", "log_id": 7},
    {"log_id": 'é"\\', "start_time": 3.0, "end_time": 4.0, "]": "]}"},
]
WAYS = [page._by_msgspec, page._by_walk]


def body(records, separators=(",", ":"), ascii_only=False):
    envelope = {"before": [1, {"records": []}], "data": {"limit": 1024, "records": records, "total": 5, "after": [1]}, "later": "]"}
    return json.dumps(envelope, separators=separators, ensure_ascii=ascii_only).encode()


def expected(records, separators, ascii_only):
    return [json.dumps(record, separators=separators, ensure_ascii=ascii_only).encode() for record in records]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("records", [FLAT, TORTURE, []], ids=["flat", "torture", "empty"])
def test_every_way_gives_the_bytes_that_were_sent(way, records, separators, ascii_only):
    found = way(body(records, separators, ascii_only))
    if found is None:
        assert way is not page._by_walk  # the walk is for all pages; the others leave some to it
        return
    assert [record.raw for record in found.records] == expected(records, separators, ascii_only)
    assert (found.total, found.limit, found.misfits) == (5, 1024, [])


def test_both_ways_take_ordinary_pages():
    ordinary = json.dumps({"data": {"limit": 1024, "records": FLAT, "total": 5}}, separators=(",", ":")).encode()
    assert vars(page._by_walk(ordinary)) == vars(page.parse(ordinary))
    if page.msgspec is not None:
        assert vars(page._by_msgspec(ordinary)) == vars(page._by_walk(ordinary))


def test_times_and_ids_are_read_whatever_their_type():
    records = page.parse(body(TORTURE)).records
    assert [(record.start_time, record.log_id, record.end_time) for record in records] == [(1, "a", 2), (3, "b", None), (5, "7", None), (3, 'é"\\', 4)]


def test_records_without_a_start_have_no_place_and_are_not_lost():
    found = page.parse(body([{"log_id": "x"}, {"log_id": "y", "start_time": True}, FLAT[0]]))
    assert (len(found.records), found.misfits) == (1, [b'{"log_id":"x"}', b'{"log_id":"y","start_time":true}'])


@pytest.mark.parametrize("total", [True, -1, "5", 1.5, None])
def test_a_total_that_is_no_count_is_none(total):
    assert page.parse(json.dumps({"data": {"records": [], "total": total}}).encode()).total is None


@pytest.mark.parametrize(
    "broken",
    [b"", b"[]", b"{}", b'{"data":{}}', b'{"data":null}', b"<html>", b'{"data":{"records":[{]}}', b'{"data":{"records":[{"a":1}', b'{"data":{"records":[1]}}',
     b"\xff", b'{"data":{"records":[]}} x', b'{"data":{"records":{}}}', b'{"data":{"records":[{"start_time":1}{"start_time":2}]}}'],
)
def test_what_is_no_page_is_refused(broken):
    with pytest.raises(TransportError):
        page.parse(broken)


def test_without_msgspec_the_result_is_the_same(monkeypatch):
    with_it = page.parse(body(FLAT + TORTURE))
    monkeypatch.setattr(page, "_msgspec_reader", None)
    assert vars(page.parse(body(FLAT + TORTURE))) == vars(with_it)
