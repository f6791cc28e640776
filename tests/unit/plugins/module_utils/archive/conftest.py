# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive that nobody touched, and copies of it to tamper with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import NOW, asked, check, records, run
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.tampered import LATER, Place


@pytest.fixture(name="pristine", scope="module")
def _pristine(request, tmp_path_factory):
    """Four commits, two of them about the same dates, with summaries of some days."""
    # the tests' own: tests/store_tests/on_object_store.py has them on an object store
    store = request.module.open_store(str(tmp_path_factory.mktemp("pristine") / "archive"))
    some = records(600, start=NOW - DAY_MS)
    run(store, some[::2])
    run(store, some, now=NOW + 1)
    recent = records(200, start=LATER - DAY_MS, end=LATER, seed=3)
    run(store, recent[:100], asked(LATER - 7 * DAY_MS, LATER, now=LATER), now=LATER)
    run(store, recent, asked(LATER - 7 * DAY_MS, LATER, now=LATER + 1), now=LATER + 1)
    assert check(store) == []
    return store.root


@pytest.fixture(name="place")
def _place(pristine, tmp_path):
    return Place(Path(shutil.copytree(pristine, tmp_path / "archive")))
