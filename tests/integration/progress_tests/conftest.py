# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of progress share: a simulated cloud that takes its time, and a task that collects from it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TESTS), str(TESTS / "integration" / "playbook_tests"), str(Path(__file__).parent)]

from collecting import Collecting

from playbook import Workplace
from simulator import Simulator

CLOUD = {
    "days": 1,
    "projects": [
        {
            "name": "cn-north-4",
            "firewalls": [{"name": "edge", "log_types": {"internet": 24_000, "vpc": 4_000}}, {"name": "office", "log_types": {"internet": 8_000}}],
        }
    ],
}
LATENCY = 600  # ms


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: runs in the longer tests only, beside one of its kind that runs every day")


@pytest.fixture
def cloud() -> Iterator[Simulator]:
    with Simulator(world=CLOUD, switches={"latency_ms": LATENCY, "fault_scope": "logs"}) as simulator:
        yield simulator


@pytest.fixture
def collecting(tmp_path: Path, cloud: Simulator) -> Collecting:
    return Collecting(Workplace(tmp_path), cloud)
