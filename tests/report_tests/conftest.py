# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of reports share; C{-m quick} chooses those that need no part of tests/parts/report.sh."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "integration" / "playbook_tests")]

from playbook import Workplace


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "quick: needs no part that is installed for it alone, and takes seconds")


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


@pytest.fixture(scope="session")
def part() -> Path:
    """The Python that has a browser's driver and the published schemas."""
    from checkout import ROOT

    folder = ROOT / ".cache" / "parts" / "report"
    subprocess.run([str(HERE.parent / "parts" / "report.sh"), str(folder)], check=True)
    return folder / "bin" / "python"
