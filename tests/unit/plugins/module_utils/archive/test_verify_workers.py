# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that verify dates find what is found without them, and nothing depends on them."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import ansible_collections
import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive import line_columns
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify import workers as verify_workers
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.verify import verify
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.workers import Workers
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import NOW, asked, record, records, run

LATER = NOW + 9 * DAY_MS
HARD = [
    record(NOW - DAY_MS + 5, None, protocol=6, bytes=0.1),
    record(NOW - DAY_MS + 5, None, dst_host="\ud800"),
    record(NOW - DAY_MS + 6, "x", bytes="7", rule={"a": [1]}),
    record(NOW - DAY_MS + 7, "y", bytes=10**40, dst_port=None),
]


@pytest.fixture(name="store", params=["unharmed", "harmed"])
def _store(request, tmp_path):
    """Closed days and open ones, with files that overlap."""
    store = open_store(str(tmp_path / "archive"))
    some = records(900) + HARD
    run(store, some[::2] + HARD)
    run(store, some, now=NOW + 1)
    run(store, records(50, start=LATER - DAY_MS, end=LATER, seed=2), windows=asked(LATER - DAY_MS, LATER, now=LATER), now=LATER)
    if request.param == "harmed":
        paths = sorted(Path(store.root, "data").rglob("*.gz"))
        paths[0].write_bytes(paths[0].read_bytes()[:-9])
        lines = gzip.decompress(paths[1].read_bytes()).splitlines(keepends=True)
        paths[1].write_bytes(gzip.compress(b"".join([*lines[:3], lines[2], b"{\n", lines[5], lines[4]])))
        paths[2].unlink()
    return store


@pytest.fixture(name="eager")
def _eager(monkeypatch):
    monkeypatch.setattr(verify_workers, "_WORTHWHILE", 0)
    monkeypatch.setattr(verify_workers, "AT_ONCE", 2)
    monkeypatch.setattr(sys, "path", [str(Path(path).parent) for path in ansible_collections.__path__] + sys.path)
    asked_of = []
    ask = verify_workers._Worker.ask

    def count(worker, job, check):
        found = ask(worker, job, check)
        asked_of.append(found is not None)
        return found

    monkeypatch.setattr(verify_workers._Worker, "ask", count)
    return asked_of


def test_workers_find_what_is_found_without_them(store, eager, monkeypatch):
    by_workers = verify(store, depth="data", now=LATER)
    assert len(eager) >= 4 and all(eager)
    monkeypatch.setattr(verify_workers, "AT_ONCE", 1)
    alone = verify(store, depth="data", now=LATER)
    monkeypatch.setattr(line_columns, "msgspec", None)
    by_the_standard_library = verify(store, depth="data", now=LATER)
    assert by_workers == alone == by_the_standard_library
    assert len(eager) < 2 * len(alone["findings"]) + 20  # none was asked when only one date may be read at once


def test_workers_tell_how_far_they_are(store, eager, monkeypatch):
    name = verify_workers.__name__
    always = verify_workers._START.replace(f"from {name} import work; ", f"import {name} as room; room._BETWEEN_TELLING = 0; room.")
    monkeypatch.setattr(verify_workers, "_START", always)
    told = []
    monkeypatch.setattr(verify_workers.DateCheck, "seen", property(lambda check: 0, lambda check, seen: told.append(seen)), raising=False)
    verify(store, depth="data", now=LATER)
    assert all(eager)
    assert len(told) > 2 * len(eager)  # more than the first and the last


def test_what_workers_leave_undone_is_done_here(store, eager, monkeypatch):
    expected = verify(store, depth="data", now=LATER)
    del eager[:]
    monkeypatch.setattr(verify_workers, "_START", "import sys; sys.exit(1)")
    assert verify(store, depth="data", now=LATER) == expected and eager and not any(eager)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert verify(store, depth="data", now=LATER) == expected
    monkeypatch.setattr(sys, "executable", "")
    del eager[:]
    assert verify(store, depth="data", now=LATER) == expected and not eager


def test_a_store_that_other_processes_do_not_see_is_read_here(store, eager, monkeypatch):
    expected = verify(store, depth="data", now=LATER)
    del eager[:]
    monkeypatch.setattr(store, "shared_path", None)
    assert verify(store, depth="data", now=LATER) == expected and not eager


@pytest.mark.usefixtures("eager")
def test_workers_end_with_this_process(tmp_path):
    """Its end closes their input, which is all that they need to see."""
    worker = verify_workers._Worker()
    worker._process.stdin.close()
    assert worker._process.wait(60) == 0
    worker.close()
    (tmp_path / "evidence").mkdir()
    workers = Workers(open_store(str(tmp_path)))
    workers._all = [verify_workers._Worker()]
    workers.close()
    assert workers._all[0]._process.returncode == -9
