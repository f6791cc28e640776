# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-builder makes of the collection, and of the guide's definition."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import yaml

from checkout import COLLECTIONS, TREE, environment

EXTRAS = {"boto3", "cryptography", "pyarrow", "zstandard", "msgspec", "isal"}
GUIDE = TREE / "docs" / "docsite" / "rst" / "fleet_and_awx.rst"


def built(folder: Path, *arguments: str) -> str:
    command = ["ansible-builder", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=120, check=True).stdout


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=~! ;#]", line, maxsplit=1)[0] for line in requirements if line and not line.startswith("#")}


def test_builder_finds_all_requirements_of_the_collection(tmp_path: Path) -> None:
    found = yaml.safe_load(built(tmp_path, "introspect", str(COLLECTIONS)))
    always = names((TREE / "requirements.txt").read_text(encoding="utf-8").splitlines())
    assert names(found["python"]) == always | EXTRAS
    assert [line.split()[0] for line in found["system"]] == ["ca-certificates"]


def test_builder_takes_the_guides_definition(tmp_path: Path) -> None:
    block = re.search(r"^\.\. saved as execution-environment\.yml\n\n\.\. code-block:: yaml\n\n((?:    .*\n|\n)+)", GUIDE.read_text(encoding="utf-8"), re.M)
    assert block
    (tmp_path / "execution-environment.yml").write_text(re.sub("^    ", "", block[1], flags=re.M), encoding="utf-8")
    built(tmp_path, "create", "--output-filename", "Containerfile")
    wanted = yaml.safe_load((tmp_path / "context" / "_build" / "requirements.yml").read_text(encoding="utf-8"))
    assert [collection["name"] for collection in wanted["collections"]] == ["https://github.com/cloudaudit/cloudaudit.huaweicloud"]
    assert "quay.io/centos/centos:stream9" in (tmp_path / "context" / "Containerfile").read_text(encoding="utf-8")
