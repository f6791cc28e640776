# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several writers at once: each record is committed once, whoever wins."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import Chain
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CommitConflict
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.folder import FolderStore
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import (
    NOW,
    STREAM,
    asked,
    check,
    data_lines,
    records,
    run,
)

ALL = records(900, start=NOW - DAY_MS)


def _write(root, barrier, number):
    barrier.wait()
    for step in range(4):
        part = ALL[: 225 * (step + 1)]
        # same records, other windows; every second writer sees every second record only
        run(open_store(root), part[number % 2::2] if step < 3 else part, asked(length=(1 + number % 2) * 3_600_000), page=150)
    os._exit(0)


@pytest.mark.parametrize("writers", [2, 4])
def test_processes(tmp_path, writers):
    root = str(tmp_path / "archive")
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(writers)
    children = [context.Process(target=_write, args=(root, barrier, number)) for number in range(writers)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * writers
    assert sorted(data_lines(root)) == sorted(one.raw for one in ALL)
    assert check(open_store(root)) == []


def test_threads_with_the_very_same_records(tmp_path):
    root = str(tmp_path / "archive")
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda _number: run(open_store(root), ALL), range(6)))
    assert sum(result.added for result in results) == len(ALL)
    assert sum(result.changed for result in results) == 1
    assert sorted(data_lines(root)) == sorted(one.raw for one in ALL)
    assert check(open_store(root)) == []


def test_the_loser_keeps_a_file_that_the_winner_committed_under_the_same_name(tmp_path, monkeypatch):
    """Two writers with equal records write files of equal names: the loser must not remove the winner's."""
    store = open_store(str(tmp_path / "archive"))
    create, lost = FolderStore.create, []

    def lose_once(self, key, data):
        if "/commits/" in key and not lost:
            lost.append(key)
            run(open_store(self.root), ALL)  # the winner
        return create(self, key, data)

    monkeypatch.setattr(FolderStore, "create", lose_once)
    result = run(store, ALL)
    assert lost and result.changed is False
    assert sorted(data_lines(store.root)) == sorted(one.raw for one in ALL)
    assert check(store) == []


def test_the_loser_adds_only_what_the_winner_has_not(tmp_path, monkeypatch):
    store = open_store(str(tmp_path / "archive"))
    create, lost = FolderStore.create, []

    def lose_twice(self, key, data):
        if "/commits/" in key and len(lost) < 2:
            lost.append(key)
            monkeypatch.setattr(FolderStore, "create", create)
            run(open_store(self.root), ALL[: 300 * len(lost)])
            monkeypatch.setattr(FolderStore, "create", lose_twice)
        return create(self, key, data)

    monkeypatch.setattr(FolderStore, "create", lose_twice)
    result = run(store, ALL)
    assert (result.added, result.head.sequence) == (300, 3)
    assert sorted(data_lines(store.root)) == sorted(one.raw for one in ALL)
    assert check(store) == []


def test_giving_up_after_twenty_lost_races(tmp_path, monkeypatch):
    store = open_store(str(tmp_path / "archive"))
    create, nested, number = FolderStore.create, [], [0]

    def always_lose(self, key, data):
        if "/commits/" in key and not nested:
            nested.append(1)
            number[0] += 1
            run(open_store(self.root), ALL[number[0] - 1:number[0]])
            nested.pop()
        return create(self, key, data)

    monkeypatch.setattr(FolderStore, "create", always_lose)
    with pytest.raises(CommitConflict, match="20 times"):
        run(store, ALL)
    monkeypatch.setattr(FolderStore, "create", create)
    assert Chain(store, STREAM).head().sequence == 20
    assert check(store) == []
