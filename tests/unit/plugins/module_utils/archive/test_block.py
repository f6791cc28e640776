# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding.block import Known, block_of, committed_blocks, without
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import record
from hypothesis import given, settings
from hypothesis import strategies as st

_RECORDS = st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["", "a", "b", "c"]), st.integers(0, 1)), max_size=25)


def _ordered(some):
    """(start_time, log_id, line), ascending, one of each identity."""
    by_identity = {}
    for time, log_id, variant in some:
        line = record(time, log_id or None, variant=variant).raw
        by_identity.setdefault((time, log_id, "" if log_id else line), (time, log_id, line))
    return sorted(by_identity.values())


def _cut(rows, size):
    return [rows[at:at + size] for at in range(0, len(rows), size)]


def _known(rows, size):
    pieces = [b"".join(line + b"\n" for _time, _log_id, line in part) for part in _cut(rows, size)]
    return Known(committed_blocks(pieces), rows[0][0])


@settings(max_examples=500, deadline=None)
@given(_RECORDS, st.lists(_RECORDS, max_size=4), st.integers(1, 6), st.integers(1, 6))
def test_what_is_left_is_what_no_file_holds(new, files, size, file_size):
    new, files = _ordered(new), [_ordered(file) for file in files]
    # a time and a log_id are one record whatever the bytes; without a log_id the bytes decide
    held = {(row[0], row[1], "" if row[1] else row[2]) for file in files for row in file}
    expected = [row for row in new if (row[0], row[1], "" if row[1] else row[2]) not in held]
    blocks = [block_of(part) for part in _cut(new, size)]
    left = [(*key, line) for block in without(blocks, [_known(file, file_size) for file in files if file]) for key, line in zip(block.keys, block.lines())]
    assert left == expected


def test_thousands_of_files_of_one_date():
    rows = [(time, "x", record(time, "x").raw) for time in range(3001)]
    left = list(without([block_of(part) for part in _cut(rows, 100)], [_known([row], 1) for row in rows[:-1]]))
    assert [block.keys for block in left] == [[(3000, "x")]]


def test_blocks_that_no_file_reaches_pass_as_they_are():
    block = block_of([(5, "a", b"{}")])
    opened = []

    def pieces():
        opened.append(1)
        yield record(9, "x").raw + b"\n"

    assert list(without([block], [Known(committed_blocks(pieces()), 9)])) == [block]
    assert opened == []


def test_a_block_can_be_cut_after_a_line():
    block = block_of([(time, "x", b"{%d}" % time) for time in range(5)])
    left, right = block.split(8)
    assert (left.keys, right.keys) == (block.keys[:2], block.keys[2:])
    assert left.data + right.data == block.data
    assert [block.records_before(time) for time in (-1, 0, 1, 4, 5, 9)] == [0, 0, 1, 4, 5, 5]
