# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One archive for each encoding, written once; C{-m quick} chooses what every run tests."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parts"))

from archives import Expected, build


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "quick: needs no part that is installed for it alone, and takes seconds")


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Expected]]:
    """The folder of the archive in an encoding, and what is in it."""
    built: dict[str, tuple[Path, Expected]] = {}

    def of(encoding: str) -> tuple[Path, Expected]:
        if encoding not in built:
            folder = tmp_path_factory.mktemp("archive") / encoding
            built[encoding] = folder, build(str(folder), encoding)
        return built[encoding]

    return of
