# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the quick ways read is what decoding reads, and what is not plain JSON they leave alone."""

from __future__ import annotations

import json
import random
from decimal import Decimal

import msgspec
import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.columns import columns_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.days import Summary
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.line_template import LineTemplates
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.line_typed import TypedLines
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.decoding import no_constant
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import NOW, STREAM, records

WAYS = {"templates": LineTemplates, "msgspec": lambda summed: TypedLines(msgspec, summed)}
DATE = "2026-09-20"
START = NOW - NOW % DAY_MS


def plain(count=200, **fields):
    lines = sorted(records(count, START, START + DAY_MS))
    return b"".join(json.dumps({**json.loads(line.raw), **fields}, ensure_ascii=False).encode() + b"\n" for line in lines)


@pytest.fixture(name="columns", params=WAYS)
def _columns(request):
    return lambda lines, summed=True: WAYS[request.param](summed).columns(lines)


@pytest.fixture(name="templates")
def _templates():
    return LineTemplates(True).columns


def sums(found):
    summary = Summary()
    summary.add(found.sums)
    return summary.result(STREAM, DATE)


def slow(lines):
    """By decoding; fractions without loss."""
    return sums(columns_of([json.loads(line, parse_float=Decimal) for line in lines.splitlines()], summed=True))


def test_columns_are_what_decoding_gives(columns):
    lines = plain(app="M\u00fcnchen", dst_host="a{b},c:[d]")
    found = columns(lines)
    decoded = [json.loads(line) for line in lines.splitlines()]
    assert list(found.times) == [one["start_time"] for one in decoded]
    assert list(found.log_ids) == [one["log_id"] for one in decoded]
    assert sums(found) == slow(lines)
    found = columns(lines, summed=False)
    assert found.sums is None and list(found.log_ids) == [one["log_id"] for one in decoded]


HARD = [
    {},
    {"dst_host": None},
    {"protocol": 6},
    {"dst_port": "22"},
    {"bytes": 7},
    {"bytes": 10**14},
    {"bytes": 0.123456789},
    {"extra": True},
    {"extra": 1.5},
    {"app": ""},
    {"src_ip": ""},
    {"dst_host": "h" * 256},
]


@pytest.mark.parametrize("fields", HARD)
def test_sums_are_those_of_decoded_records(columns, fields):
    lines = plain(**fields)
    assert sums(columns(lines)) == slow(lines)


@pytest.mark.parametrize(
    "fields",
    [{"bytes": -1}, {"app": "x" * 999}, {"app": 'a "name"'}, {"extra": {"nested": [1]}}, {"bytes": 10**29}, {"packets": -3}, {"dst_port": 10**40}],
)
def test_what_templates_leave_alone_is_the_same_by_msgspec(fields):
    lines = plain(**fields)
    assert sums(WAYS["msgspec"](True).columns(lines)) == slow(lines)


def test_numbers_of_many_shapes_sum_to_the_same(columns):
    dice = random.Random(3)
    lines = plain(400).splitlines(keepends=True)
    for _round in range(30):
        texts = [dice.choice([f"{dice.randrange(10**9)}", f"{dice.random() * 1e6:.1f}", f"{dice.random():.9f}", "0", "0.5"]) for _line in lines]
        some = b"".join(line.replace(b"34.5", text.encode()) for line, text in zip(lines, texts))
        assert sums(columns(some)) == slow(some)


@pytest.mark.parametrize("gone", ["app", "direction", "dst_host", "src_ip"])
def test_sums_of_records_that_lack_a_field(columns, gone):
    decoded = [json.loads(line) for line in plain().splitlines()]
    lines = b"".join(json.dumps({name: value for name, value in one.items() if name != gone}).encode() + b"\n" for one in decoded)
    assert sums(columns(lines)) == slow(lines)


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
def test_what_is_not_plain_templates_leave_to_decoding(templates, fields):
    assert templates(plain(20, **fields)) is None


@pytest.mark.parametrize(
    "fields", [{"log_id": 7}, {"log_id": None}, {"log_id": ""}, {"start_time": str(START)}, {"start_time": 1.5}, {"start_time": True}, {"bytes": "7"},
               {"bytes": None}, {"bytes": [1, 2]}, {"bytes": "1,2"}, {"bytes": 1e300}, {"packets": 1.5}, {"packets": 10**30}, {"dst_port": 1.5}, {"app": True},
               {"app": {}}, {"app": "\ud800"}, {"extra": "\ud800"}, {"extra": "x" * 4000}]
)
def test_what_is_not_plain_msgspec_leaves_to_decoding(fields):
    lines = b"".join(json.dumps({**json.loads(line), **fields}).encode() + b"\n" for line in plain(20).splitlines())
    assert WAYS["msgspec"](True).columns(lines) is None


def test_lines_that_are_not_built_alike_templates_leave_to_decoding(templates):
    lines = plain(20).splitlines(keepends=True)
    assert templates(b"".join(lines[:10] + [plain(1, extra=1)] + lines[10:])) is None


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
def test_a_damaged_line_never_passes(columns, change, at):
    lines = plain(20).splitlines(keepends=True)
    lines[at] = change(lines[at])
    damaged = b"".join(lines)
    found = columns(damaged)
    if found is not None:  # only where every line still is a record
        assert len(found.times) == damaged.count(b"\n") == len([json.loads(line.decode("utf-8")) for line in damaged.split(b"\n")[:-1]])


def test_random_damage_never_passes_unless_it_is_json(columns):
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
        decoded = [json.loads(line.decode("utf-8"), parse_constant=no_constant) for line in bytes(damaged).split(b"\n")[:-1]]
        assert [(one["start_time"], one["log_id"]) for one in decoded] == list(zip(found.times, found.log_ids))
        assert sums(found) == slow(bytes(damaged))
    assert passed > 200  # many changes leave JSON that is as valid as before


def test_a_name_that_stands_twice_templates_leave_to_decoding(templates):
    assert templates(plain(5).replace(b'"app"', b'"direction"')) is None


def test_a_last_line_without_its_end_is_left_to_decoding(columns):
    assert columns(plain(5)[:-1]) is None and columns(b"") is None
