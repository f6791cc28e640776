# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make test STAGES=?` and `make test-long STAGES=?` name the stages that may be asked for, and run none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import everyday
import longer

TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("program, stages", [("everyday.py", everyday.STAGES), ("longer.py", longer.STAGES)], ids=["test", "test-long"])
def test_a_question_mark_names_the_stages(program: str, stages: Mapping[str, everyday.Stage]) -> None:
    told = subprocess.run([sys.executable, str(TESTS / program), "?"], capture_output=True, text=True, check=False, timeout=60)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.splitlines() == list(stages)
