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

from simulator import Simulator

# The project and the firewalls that the pages name.
CLOUD = {
    "days": 1,
    "shape": {"torture": 0.0},
    "projects": [
        {
            "name": "cn-north-4",
            "id": "9d80d070b6d44942af73c9c3d38e0429",
            "firewalls": [
                {
                    "name": "edge",
                    "id": "2af58b7c-893c-4453-a984-bdd9b1bd6318",
                    "tags": {"stage": "production"},
                    "log_types": {"internet": 6000, "vpc": 300, "nat": 100},
                },
                {"name": "office", "id": "7b1f0a52-0f7e-4f0a-9a8e-5f7c2f8f1c11", "tags": {"stage": "office"}, "log_types": {"internet": 1500}},
            ],
        }
    ],
}


@pytest.fixture(scope="session")
def cloud() -> Iterator[Simulator]:
    """Its clock stands, so that no hour becomes old enough between two runs of an example."""
    with Simulator(world=CLOUD) as simulator:
        simulator.set(clock_ms=simulator.now(), max_skew_ms=0)
        yield simulator
