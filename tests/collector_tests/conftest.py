# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator and what runs against it, in one process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from archiving import WORLD

from simulator import Simulator


@pytest.fixture(scope="session")
def _running() -> Iterator[Simulator]:
    with Simulator(WORLD) as simulator:
        yield simulator


@pytest.fixture
def simulator(_running: Simulator) -> Simulator:
    """One firewall with ties wider than a page; nothing arrives or expires by itself: the clock stands."""
    _running.reset()
    _running.set(clock_ms=_running.now(), max_skew_ms=0)
    return _running
