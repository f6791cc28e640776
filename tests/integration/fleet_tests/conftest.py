# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of fleets share: a workplace, and the rooms that their helpers are in."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TESTS), str(TESTS / "parts"), str(TESTS / "store_tests"), str(TESTS / "integration" / "playbook_tests"), str(Path(__file__).parent)]

from fleet import TIMEOUT

from playbook import Workplace


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: runs in the longer tests only, beside one of its kind that runs every day")
    config.addinivalue_line("markers", "store: needs a real object store, which tests/parts/ceph.sh installs")


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    workplace = Workplace(tmp_path)
    workplace.timeout = TIMEOUT
    return workplace
