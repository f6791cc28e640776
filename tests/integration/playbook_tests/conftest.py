# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbook tests share: a workplace, and a simulated cloud of two readable projects and one that refuses."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]  # tests: simulator, checkout

from playbook import Workplace
from simulator import Simulator

CLOUD = {
    "days": 1,
    "projects": [
        {"name": "cn-north-4_shop", "firewalls": [{"name": "edge", "tags": {"stage": "production"}, "log_types": {"internet": 2500, "vpc": 300, "nat": 0}}]},
        {"name": "cn-north-4_bank", "firewalls": [{"name": "office", "tags": {"stage": "test"}, "log_types": {"internet": 800}}]},
        {"name": "cn-north-4_sealed", "refuses": True, "firewalls": [{"name": "vault", "log_types": {"internet": 100}}]},
    ],
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: runs in the longer tests only, beside one of its kind that runs every day")


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


@pytest.fixture
def cloud() -> Iterator[Simulator]:
    with Simulator(world=CLOUD) as simulator:
        yield simulator
