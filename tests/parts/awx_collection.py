# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection awx.awx for tests, unpacked from PyPI's package ansible, which holds it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from checkout import ROOT

PACKAGE = "ansible==12.3.0"  # holds awx.awx 24.6.1
FOLDER = ROOT / ".cache" / "awx"
_PREFIX = "ansible_collections/awx/"


def collections_path() -> Path:
    """A folder for ANSIBLE_COLLECTIONS_PATH with awx.awx in it, and nothing else. Downloads 54 MB once."""
    if not (FOLDER / _PREFIX / "awx" / "MANIFEST.json").is_file():
        with tempfile.TemporaryDirectory() as scratch:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", scratch, PACKAGE]
            subprocess.run(command, check=True)
            wheel = zipfile.ZipFile(next(Path(scratch).glob("*.whl")))
            names = [name for name in wheel.namelist() if name.startswith(_PREFIX)]
            names.sort(key=lambda name: name.endswith("MANIFEST.json"))  # the manifest last: it says that all is there
            wheel.extractall(FOLDER, names)
    return FOLDER
