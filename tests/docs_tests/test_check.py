# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make check` runs, and what it tells at its end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import check

MAKEFILE = "good:\n\t@echo all is well\nbad:\n\t@echo something broke; exit 3\n"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "Makefile").write_text(MAKEFILE, encoding="utf-8")
    return tmp_path


def test_what_comes_after_a_failure_is_run_and_the_table_says_all(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert check.main(folder, ("bad", "good")) == 1
    shown = capfdbinary.readouterr().out.decode()
    assert shown.index("something broke") < shown.index("all is well")
    table = [line.split() for line in shown.splitlines()[-3:]]
    assert [(row[0], row[2], row[-1]) for row in table[:2]] == [("FAILED", "bad", ".cache/check/bad.log"), ("ok", "good", ".cache/check/good.log")]
    assert " ".join(table[2]) == "1 passed, 1 failed"
    assert "something broke" in (folder / ".cache" / "check" / "bad.log").read_text(encoding="utf-8")


def test_nothing_failed(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert check.main(folder, ("good",)) == 0
    assert capfdbinary.readouterr().out.decode().splitlines()[-1] == "1 passed, 0 failed"


def test_the_makefile_has_each_of_the_steps() -> None:
    targets = re.findall(r"^([a-z-]+):", (check.ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(check.STEPS) <= set(targets)
