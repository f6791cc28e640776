# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run killed at any instant harms nothing: what is committed verifies, and the next run finishes the work."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import NOW, asked, check, data_lines, records, run

CALLS = ("mkdir", "link", "replace", "unlink", "fsync", "write", "chmod", "open", "rmdir")
LATER = NOW + 8 * DAY_MS
FIRST = records(400, start=NOW - DAY_MS)
SECOND = records(400, start=LATER - DAY_MS, end=LATER, seed=2)


def _die_at(count, total=None):
    """Make the process end without any cleaning up before the count-th call that changes something."""
    calls = [0]

    def wrap(function):
        def counting(*args, **kwargs):
            calls[0] += 1
            if total is not None:
                total.value = calls[0]
            if calls[0] == count:
                os._exit(9)
            return function(*args, **kwargs)

        return counting

    for name in CALLS:
        setattr(os, name, wrap(getattr(os, name)))


def _work(root, count, total=None):
    _die_at(count, total)
    store = open_store(root)
    run(store, FIRST, page=200)
    run(store, SECOND, asked(LATER - 7 * DAY_MS, LATER, now=LATER), now=LATER, page=200)  # closes days as well
    os._exit(0)


def _child(target, *args):
    child = multiprocessing.get_context("fork").Process(target=target, args=args)
    child.start()
    return child


def _finish_and_check(root):
    store = open_store(root)
    if os.path.isdir(os.path.join(root, "evidence")):
        harmed = [one for one in check(store) if one[1] != "warning" and one[0] != "stream-missing"]
        assert harmed == []
    run(store, FIRST, asked(NOW - 7 * DAY_MS, NOW))
    run(store, SECOND, asked(LATER - 7 * DAY_MS, LATER, now=LATER), now=LATER)
    run(store, [], asked(LATER - 7 * DAY_MS, LATER, now=LATER), now=LATER)
    assert check(store) == []
    assert sorted(data_lines(root)) == sorted(one.raw for one in FIRST + SECOND)
    assert os.listdir(os.path.join(root, ".tmp")) == []


@pytest.fixture(name="total", scope="module")
def _total(tmp_path_factory):
    total = multiprocessing.get_context("fork").Value("i", 0)
    child = _child(_work, str(tmp_path_factory.mktemp("count") / "archive"), 0, total)
    child.join()
    assert child.exitcode == 0
    assert total.value > 150
    return total.value


@pytest.mark.parametrize("seed", range(60))
def test_killed_before_any_call(tmp_path, total, seed):
    root = str(tmp_path / "archive")
    dice = random.Random(seed)
    for _again in range(dice.choice((1, 1, 2))):  # some runs are killed twice
        child = _child(_work, root, dice.randint(1, total))
        child.join()
        assert child.exitcode in (0, 9)
    _finish_and_check(root)


@pytest.mark.parametrize("seed", range(8))
def test_killed_by_the_system_at_some_instant(tmp_path, seed):
    root = str(tmp_path / "archive")
    child = _child(_work, root, 0)
    time.sleep(random.Random(seed).uniform(0.01, 0.3))
    if child.is_alive():
        os.kill(child.pid, signal.SIGKILL)
    child.join()
    _finish_and_check(root)
