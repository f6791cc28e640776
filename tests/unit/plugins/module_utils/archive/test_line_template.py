# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What templates read is what decoding reads, and what is not plain JSON they leave alone."""

from __future__ import annotations

import json
import random
from decimal import Decimal

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.days import Summary
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.line_template import LineTemplates
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import NOW, STREAM, records

DATE = "2026-09-20"
START = NOW - NOW % DAY_MS


def plain(count=200, **fields):
    lines = sorted(records(count, START, START + DAY_MS))
    return b"".join(json.dumps({**json.loads(line.raw), **fields}, ensure_ascii=False).encode() + b"\n" for line in lines)


def columns(lines, summed=True):
    return LineTemplates(summed).columns(lines)


def test_columns_are_what_decoding_gives():
    lines = plain(app="M\u00fcnchen", dst_host="a{b},c:[d]")
    found = columns(lines)
    decoded = [json.loads(line) for line in lines.splitlines()]
    assert list(found.times) == [one["start_time"] for one in decoded]
    assert list(found.log_ids) == [one["log_id"] for one in decoded]
    assert list(found.texts["app"]) == [one["app"] for one in decoded] and list(found.texts["dst_port"]) == ["22"] * 200
    assert [Decimal(text) for text in found.numbers["bytes"]] == [Decimal("34.5")] * 200
    assert columns(lines, summed=False).texts == {}


@pytest.mark.parametrize("fields", [{}, {"dst_host": None}, {"protocol": 6}, {"bytes": 7}, {"extra": True}, {"extra": 1.5}])
def test_sums_are_those_of_decoded_records(fields):
    lines = plain(**fields)
    quick, slow = Summary(), Summary()
    quick.add_columns(columns(lines))
    slow.add_lines(lines.splitlines())
    assert quick.result(STREAM, DATE) == slow.result(STREAM, DATE) and quick.records == 200


@pytest.mark.parametrize("gone", ["app", "direction", "dst_host", "src_ip"])
def test_sums_of_records_that_lack_a_field(gone):
    decoded = [json.loads(line) for line in plain().splitlines()]
    lines = b"".join(json.dumps({name: value for name, value in one.items() if name != gone}).encode() + b"\n" for one in decoded)
    quick, slow = Summary(), Summary()
    quick.add_columns(columns(lines))
    slow.add_lines(lines.splitlines())
    assert quick.result(STREAM, DATE) == slow.result(STREAM, DATE)


@pytest.mark.parametrize(
    "fields",
    [
        {"app": 'with "quotes"'},
        {"app": "tab\t"},
        {"extra": {"nested": 1}},
        {"extra": [1]},
        {"log_id": 7},
        {"log_id": None},
        {"log_id": ""},
        {"start_time": str(START)},
        {"bytes": "7"},
        {"bytes": None},
        {"bytes": 1e300},
        {"bytes": -1},
        {"dst_port": 1.5},
        {"app": "x" * 257},
        {"app": True},
    ],
)
def test_what_is_not_plain_is_left_to_decoding(fields):
    assert columns(plain(20, **fields)) is None


def test_lines_that_are_not_built_alike_are_left_to_decoding():
    lines = plain(20).splitlines(keepends=True)
    assert columns(b"".join(lines[:10] + [plain(1, extra=1)] + lines[10:])) is None


def _changes():
    """Ways to damage one line such that it is no JSON any more, or another number of records."""
    yield lambda line: line.replace(b'"TCP"', b"TCP")
    yield lambda line: line.replace(b'"TCP"', b'"TCP')
    yield lambda line: line.replace(b"}\n", b"}}\n")
    yield lambda line: line.replace(b"}\n", b"} \n")
    yield lambda line: line.replace(b"}\n", b"}\r\n")
    yield lambda line: line.replace(b"}\n", b"}" + line)
    yield lambda line: b" " + line
    yield lambda line: b"x" + line
    yield lambda line: line.replace(b"}\n", b"\n")
    yield lambda line: line.replace(b'"TCP"', b'"T\nCP"')
    yield lambda line: line.replace(b'"TCP"', b'"T\x00CP"')
    yield lambda line: line.replace(b'"TCP"', b'"T\xffCP"')
    yield lambda line: line.replace(b'"TCP"', b'"T\\CP"')
    yield lambda line: line.replace(b": 22", b": 022")
    yield lambda line: line.replace(b": 22", b": 22.")
    yield lambda line: line.replace(b": 22", b": 2 2")
    yield lambda line: line.replace(b": 22", b": NaN")
    yield lambda line: line.replace(b": 22", b":: 22")
    yield lambda line: b"\n" + line
    yield lambda line: b""
    yield lambda line: line + b"\n"


@pytest.mark.parametrize("change", list(_changes()))
@pytest.mark.parametrize("at", [0, 7, 19])
def test_a_damaged_line_never_passes(change, at):
    lines = plain(20).splitlines(keepends=True)
    lines[at] = change(lines[at])
    damaged = b"".join(lines)
    found = columns(damaged)
    if found is not None:  # only where every line still is a record
        assert len(found.times) == damaged.count(b"\n") == len([json.loads(line) for line in damaged.splitlines()])


def test_random_damage_never_passes_unless_it_is_json():
    dice = random.Random(5)
    lines = plain(30)
    passed = 0
    for _round in range(4000):
        damaged = bytearray(lines)
        for _byte in range(dice.randrange(1, 3)):
            damaged[dice.randrange(len(damaged))] = dice.choice(b'{}[]",:\\0123456789.eE+- \ntfnu\x00\x1f\x7f\xc3')
        found = columns(bytes(damaged))
        if found is None:
            continue
        passed += 1
        decoded = [json.loads(line.decode("utf-8")) for line in bytes(damaged).split(b"\n")[:-1]]
        assert [(one["start_time"], one["log_id"]) for one in decoded] == list(zip(found.times, found.log_ids))
        names = [json.loads(line, object_pairs_hook=lambda pairs: [name for name, _value in pairs]) for line in bytes(damaged).split(b"\n")[:-1]]
        assert all(len(set(some)) == len(some) for some in names)
    assert passed > 200  # many changes leave JSON that is as valid as before


def test_a_name_that_stands_twice_is_left_to_decoding():
    assert columns(plain(5).replace(b'"app"', b'"direction"')) is None


def test_a_last_line_without_its_end_is_left_to_decoding():
    assert columns(plain(5)[:-1]) is None and columns(b"") is None
