# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data flow one way: no room knows one that it must not, and the picture of the house shows what the code does."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import house


def test_no_room_knows_what_it_must_not() -> None:
    assert house.trespasses() == []


def test_a_room_only_knows_rooms_below_it() -> None:
    names = list(house.ROOMS)
    for number, name in enumerate(names):
        assert set(house.ROOMS[name].knows) <= set(names[number + 1 :]), name


@pytest.mark.parametrize("imported", ["modules.cfw_flow_log_archive", "module_utils.store.store", "module_utils.arguments"])
def test_a_trespass_is_noticed(imported: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The room cloud must know nothing of doors, archives and options."""
    for folder in ("modules", "module_utils/store", "module_utils/cloud"):
        (tmp_path / "plugins" / folder).mkdir(parents=True)
    for name in ("modules/cfw_flow_log_archive", "module_utils/store/store", "module_utils/arguments"):
        (tmp_path / "plugins" / f"{name}.py").touch()
    (tmp_path / "plugins" / "module_utils" / "cloud" / "session.py").write_text(f"from {house.PREFIX}.{imported} import x\n")
    monkeypatch.setattr(house, "PLUGINS", tmp_path / "plugins")
    monkeypatch.setattr(house, "PROJECT", tmp_path)
    assert len(house.trespasses()) == 1


def test_the_picture_shows_what_the_code_does() -> None:
    assert house.PICTURE.read_text(encoding="utf-8") == house.picture(), "run: .venv/bin/python tests/house.py"


def test_the_verifier_stands_alone() -> None:
    tree = ast.parse((house.PROJECT / "extensions" / "verify.py").read_text(encoding="utf-8"))
    whole = [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    parts = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    outside = {name.partition(".")[0] for name in whole + parts} - set(sys.stdlib_module_names)
    assert outside <= {"compression", "pyarrow", "zstandard"}  # the first one is Python 3.14's; for the encodings that need them, where they are installed
