# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import spool as spools
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.spool import Spool
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import NOW, record, records


def _merged(spool):
    """(key, line) of everything in the spool; checks that blocks agree with themselves."""
    result = []
    for date in spool.dates():
        for block in spool.merged(date):
            lines = block.lines()
            assert len(lines) == block.count == len(block.keys)
            assert (block.first, block.last) == (block.keys[0], block.keys[-1])
            result += zip(block.keys, lines)
    return result


def _expected(some):
    return sorted({((one.start_time, one.log_id), one.raw) for one in some})


def _fill(folder, some, page=50):
    spool = Spool(str(folder))
    for at in range(0, len(some), page):
        spool.add(some[at:at + page])
    return spool


@pytest.mark.parametrize("order", ["ascending", "descending", "random", "by_end", "overlapping"])
@pytest.mark.parametrize("limit", [2, 48])
def test_any_order_of_pages_comes_out_in_order(tmp_path, monkeypatch, order, limit):
    monkeypatch.setattr(spools, "OPEN_CHUNKS", limit)
    some = records(3000)
    dice = random.Random(5)
    if order == "ascending":
        some.sort()
    elif order == "descending":
        some.sort(reverse=True)
    elif order == "by_end":  # most sessions are short, some began long before: each page reaches far back
        some.sort(key=lambda one: one.start_time + (dice.random() < 0.02) * dice.randrange(DAY_MS))
    elif order == "overlapping":
        some.sort()
        some = [one for at in range(0, 3000, 40) for one in some[at:at + 50]]
    spool = _fill(tmp_path, some)
    expected = _expected(some)
    assert _merged(spool) == expected
    assert _merged(spool) == expected  # a lost race merges again
    assert spool.duplicates == len(some) - 3000


def test_pages_that_do_not_overlap_pass_unread(tmp_path, monkeypatch):
    some = sorted(records(1000, start=NOW - 3_600_000))
    spool = _fill(tmp_path, some)
    monkeypatch.setattr(spools._Reader, "keys", lambda self, chunk: pytest.fail("a page was looked into"))
    blocks = [block for date in spool.dates() for block in spool.merged(date)]
    assert b"".join(block.data for block in blocks) == b"".join(one.raw + b"\n" for one in some)
    assert sum(block.count for block in blocks) == 1000


def test_dates_are_kept_apart(tmp_path):
    midnight = NOW - NOW % DAY_MS
    some = [record(midnight + offset, str(offset)) for offset in range(-3, 3)]
    spool = _fill(tmp_path, some[::-1])
    assert len(spool.dates()) == 2
    assert [[block.first[0] for block in spool.merged(date)] for date in spool.dates()] == [[midnight - 3], [midnight]]


def test_more_records_in_one_millisecond_than_a_page_holds(tmp_path):
    some = [record(NOW, f"{number:05d}") for number in range(5000)]
    random.Random(1).shuffle(some)
    assert _merged(_fill(tmp_path, some + some[:700], page=1024)) == _expected(some)


def test_the_same_log_id_with_other_bytes_is_one_record_and_counted(tmp_path):
    spool = _fill(tmp_path, [record(NOW, "a"), record(NOW, "a", app="HTTPS"), record(NOW, "b")], page=1)
    assert [key for key, _line in _merged(spool)] == [(NOW, "a"), (NOW, "b")]
    assert (spool.duplicates, spool.conflicts) == (1, 1)


def test_records_without_a_log_id_are_one_only_if_their_bytes_are(tmp_path):
    some = [record(NOW, None, src_port=port) for port in range(100)]
    spool = _fill(tmp_path, some + some[20:60], page=30)
    assert _merged(spool) == _expected(some)
    assert (spool.duplicates, spool.conflicts) == (40, 0)


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n", b"\r"])
def test_a_line_break_in_a_record_goes_and_every_token_stays(tmp_path, line_break):
    raw = b'{"start_time" : 5,%b "log_id": "x",%b\t"dst_host" : "a \\" b,  c\\n" , "bytes": 34.50, "n": 1e400}' % (line_break, line_break)
    spool = _fill(tmp_path, [Record(5, "x", None, raw), record(6, "y")])
    (_key, line), (_other, unchanged) = _merged(spool)
    assert line == b'{"start_time":5,"log_id":"x","dst_host":"a \\" b,  c\\n","bytes":34.50,"n":1e400}'
    assert json.loads(line) == json.loads(raw)
    assert unchanged == record(6, "y").raw


def test_many_threads(tmp_path):
    some = records(4000)
    spool = Spool(str(tmp_path))
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda at: spool.add(some[at:at + 60]), range(0, 4000, 50)))
    assert _merged(spool) == _expected(some)


def test_end_times_may_be_missing(tmp_path):
    some = [Record(NOW, "a", None, b'{"x":1}'), Record(NOW, "a", 5, b'{"x":1}'), Record(NOW, "", None, b'{"x":2}')]
    assert len(_merged(_fill(tmp_path, some))) == 2


def test_files_are_private(tmp_path):
    _fill(tmp_path, records(10))
    assert {os.stat(path).st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_errors_say_where(tmp_path):
    spool = Spool(str(tmp_path / "gone"))
    with pytest.raises(ArchiveError, match="gone"):
        spool.add(records(1))
    with pytest.raises(ArchiveError, match="not a date"):
        Spool(str(tmp_path)).add([Record(-1, "a", None, b"{}")])
    with pytest.raises(ArchiveError, match="not a date"):
        Spool(str(tmp_path)).add([Record(10**15, "a", None, b"{}")])


def test_nothing_comes_of_nothing(tmp_path):
    spool = Spool(str(tmp_path))
    spool.add([])
    assert spool.dates() == [] and list(spool.merged("2026-01-01")) == []
