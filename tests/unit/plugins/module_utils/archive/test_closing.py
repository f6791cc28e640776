# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Days that can't be summarised as they should: after a run that was killed, beside one that lives, and over data that are damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import Chain
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.closing import close_days
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.committed import Committed
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CommitConflict
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, date_of
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import NOW, STREAM, check, record, run

DATE = date_of(NOW)
LATER = NOW + 9 * DAY_MS


@pytest.fixture(name="store")
def _store(tmp_path):
    """Two records of one day, which no summary is of."""
    store = open_store(str(tmp_path / "archive"))
    run(store, [record(NOW - 20, "a"), record(NOW - 10, "b")])
    return store


def left_behind(store):
    """The summary of the day as a run that knew of no record left it."""
    key = STREAM.day_key(DATE)
    store.create(key, b'{"records": 0}')
    return Path(store.root, key)


def test_a_summary_that_a_killed_run_left_is_replaced(store):
    path = left_behind(store)
    result = run(store, [], [], now=LATER)
    assert DATE in result.days and result.problems == []
    assert json.loads(path.read_bytes())["records"] == 2
    assert check(store) == []


def test_a_summary_of_a_living_run_that_is_further_stays(store):
    chain = Chain(store, STREAM)
    head = chain.head()
    run(store, [record(NOW - 5, "c")], now=NOW + 1)  # the other one
    path = left_behind(store)
    with pytest.raises(CommitConflict, match="was written by another run meanwhile"):
        close_days(chain, Committed(chain), head, [DATE], LATER)
    assert path.read_bytes() == b'{"records": 0}'


def test_a_day_whose_data_are_damaged_stays_open_and_is_told(store):
    [data] = Path(store.root, "data").rglob(f"*{DATE}/*.jsonl.gz")
    whole = data.read_bytes()
    data.write_bytes(whole[:-9])
    result = run(store, [], [], now=LATER)
    assert DATE not in result.days
    [problem] = [one for one in result.problems if DATE in one]
    assert problem.startswith(f"The day {DATE} can't be summarised: data/") and data.name in problem
    assert not Path(store.root, STREAM.day_key(DATE)).exists()
    data.write_bytes(whole)
    assert DATE in run(store, [], [], now=LATER + 1).days
    assert check(store) == []
