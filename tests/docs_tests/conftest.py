# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation's tests share: the simulated cloud that its examples speak of, and a place where they run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "integration" / "playbook_tests")]

from cloud import WORLD
from simulator import Simulator


@pytest.fixture(scope="session")
def cloud() -> Iterator[Simulator]:
    """Its clock stands, so that no hour becomes old enough between two runs of an example."""
    with Simulator(world=WORLD) as simulator:
        simulator.set(clock_ms=simulator.now(), max_skew_ms=0)
        yield simulator
