# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import random
from fractions import Fraction

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import tally
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import document
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.days import Summary, summarise
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.tally import Tally
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.weights import UNIT, Amounts, weights_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import start_of
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import STREAM, record

DATE = "2026-11-22"
START = start_of(DATE)


def _lines(count=500):
    dice = random.Random(1)
    return [
        record(
            START + dice.randrange(86_400_000),
            str(number),
            bytes=dice.choice([34.5, 0.1, 7, 10**12]),
            packets=dice.randrange(9),
            app=dice.choice(["SSH", "DNS"]),
            src_ip=f"10.0.0.{dice.randrange(60)}",
            dst_port=dice.choice([22, 53]),
        ).raw
        for number in range(count)
    ]


def test_sums_are_those_of_a_plain_count():
    lines = _lines()
    rows = [json.loads(line) for line in lines]
    summary = summarise(lines, STREAM, DATE)
    assert summary["format"] == "cloudaudit.huaweicloud/day/1" and summary["date"] == DATE
    assert summary["records"] == len(rows)
    tenths = sum(round(row["bytes"] * 10) for row in rows)
    assert round(summary["bytes"] * 10) == tenths
    assert summary["packets"] == sum(row["packets"] for row in rows)
    assert len(summary["by_hour"]) == 24
    assert [hour["records"] for hour in summary["by_hour"]] == [
        sum((row["start_time"] - START) // 3_600_000 == hour for row in rows) for hour in range(24)
    ]
    assert {row["value"]: row["records"] for row in summary["by_app"]} == {name: sum(row["app"] == name for row in rows) for name in ("SSH", "DNS")}
    top = summary["top"]["src_ip"]
    assert top["approximate"] is False and len(top["rows"]) == 20
    for row in top["rows"]:
        assert row["records"] == sum(one["src_ip"] == row["value"] for one in rows)
    sizes = [row["bytes"] for row in top["rows"]]
    assert sizes == sorted(sizes, reverse=True)
    assert {row["value"] for row in summary["top"]["dst_port"]["rows"]} == {"22", "53"}
    assert summary["top"]["dst_host"]["rows"] == []


def test_no_fraction_is_lost():
    lines = [b'{"start_time":%d,"bytes":0.1,"packets":1}' % START] * 10 + [b'{"start_time":%d,"bytes":9007199254740993,"packets":1}' % START] * 3
    assert summarise(lines, STREAM, DATE)["bytes"] == 3 * 9007199254740993 + 1 == 27021597764222980
    assert summarise(lines[:3], STREAM, DATE)["bytes"] == 0.3


def test_order_and_cuts_do_not_matter():
    lines = _lines()
    summary = Summary()
    for line in reversed(lines):
        summary.add_lines([line])
    assert document(summary.result(STREAM, DATE)) == document(summarise(lines, STREAM, DATE))


@pytest.mark.parametrize(
    "texts",
    [
        ["34.5", "7", "0.125"],
        ["0.1"] * 7,
        ["1E7", "2.5e-7", "-3", "-0.5"],
        ["9007199254740993", "0.3"],
        ["0.1000000000000000055511151231", "0.1"],
        ["123456789012345678901234567890", "0.000000000000000000000000000001"],
        ["1125899906842623.9", "1125899906842624.1"],
        ["999999999.999999", "0.000001"],
    ],
)
def test_sums_are_exact_whatever_the_numbers_look_like(texts):
    lines = [b'{"start_time":%d,"log_id":"%d","bytes":%s,"packets":1}' % (START, number, text.encode()) for number, text in enumerate(texts)]
    exact = sum(map(Fraction, texts))
    for some in (lines, lines[::-1]):
        assert summarise(some, STREAM, DATE)["bytes"] == (int(exact) if exact.denominator == 1 else float(exact))


_NO_NUMBERS = [b"null", b'"12"', b"true", b"NaN", b"Infinity", b"1e300", b"-1e-300", b"[]", b"[1,2]", b'"1,2"', b"1" + b"0" * 40, b"0." + b"3" * 31]


@pytest.mark.parametrize("value", [*_NO_NUMBERS, b"1e99999999999999999999"])
def test_what_is_no_number_adds_nothing_and_is_counted(value):
    summary = summarise([b'{"start_time":%d,"bytes":%b,"packets":2}' % (START, value), b'{"start_time":%d,"bytes":1}' % START], STREAM, DATE)
    assert (summary["records"], summary["bytes"], summary["packets"], summary["without_numbers"]) == (2, 1, 2, 2)
    json.loads(document(summary))


def test_many_values_stay_bounded_and_are_marked(monkeypatch):
    monkeypatch.setattr(tally, "TRACKED", 50)
    counted = Tally(with_empty=False)
    rare, often = weights_of(Amounts([1, 100], UNIT))
    for number in range(5000):
        counted.add([f"rare{number}", "often", ""], [rare, often, rare])
    assert counted.approximate and len(counted.rows()) <= 50
    assert counted.rows(1) == [{"value": "often", "records": 5000, "bytes": 500_000}]


@pytest.mark.parametrize(("values", "approximate"), [(50, False), (51, True)])
def test_a_list_is_approximate_from_one_value_too_many_on(monkeypatch, values, approximate):
    monkeypatch.setattr(tally, "TRACKED", 50)
    counted = Tally(with_empty=False)
    counted.add(["", *(f"{number}" for number in range(values))] * 2, [1] * (values + 1) * 2)
    assert counted.approximate is approximate


def test_odd_values_are_shown_as_text():
    line = json.dumps({"start_time": START, "bytes": 1, "packets": 1, "app": None, "direction": {"a": 1}, "dst_host": "h" * 999, "src_ip": ""}).encode()
    summary = summarise([line], STREAM, DATE)
    assert [row["value"] for row in summary["by_app"]] == [""]
    assert [row["value"] for row in summary["by_direction"]] == ["{'a': 1}"]
    assert len(summary["top"]["dst_host"]["rows"][0]["value"]) == 256
    assert summary["top"]["src_ip"]["rows"] == []


@pytest.mark.parametrize("line", [b"{", b"[]", b"{}", b"\xff", b'{"start_time":"x"}'])
def test_what_is_no_record_is_an_error(line):
    with pytest.raises(ArchiveError):
        summarise([line], STREAM, DATE)
