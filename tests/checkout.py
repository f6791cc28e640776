# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are in a prepared checkout (tests/setup.sh), and the environment that Ansible and the tests run in."""

from __future__ import annotations

import os
from pathlib import Path

# The checkout, whether this file is its own or that of the copied tree below it.
ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / ".venv").is_dir())
BIN = ROOT / ".venv" / "bin"
HOME = ROOT / ".cache" / "home"
COLLECTIONS = ROOT / ".cache" / "collections"
TREE = COLLECTIONS / "ansible_collections" / "cloudaudit" / "huaweicloud"


def search_path() -> list[str]:
    """The caller's PATH; pyenv's wrappers, which fail for all but the active version, are replaced by the versions themselves."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    wrappers = [folder for folder in folders if Path(folder).name == "shims"]
    versions = [str(path) for wrapper in wrappers for path in Path(wrapper).parent.glob("versions/3.*/bin")]
    return [folder for folder in folders if folder not in wrappers] + versions


def environment() -> dict[str, str]:
    """The caller's, with our tools first, and without settings or credentials of the caller's that would change what is run."""
    dropped = ("ANSIBLE_", "HW_", "HUAWEICLOUD_", "OS_", "PYTEST_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    caller = Path.home()
    kept.update(
        HOME=str(HOME),
        XDG_CACHE_HOME=os.environ.get("XDG_CACHE_HOME", str(caller / ".cache")),  # pip's cache and settings stay the caller's
        XDG_CONFIG_HOME=os.environ.get("XDG_CONFIG_HOME", str(caller / ".config")),
        PATH=os.pathsep.join([str(BIN), *search_path()]),
        VIRTUAL_ENV=str(BIN.parent),
        PYTHONPATH=str(COLLECTIONS),
        PYTHONDONTWRITEBYTECODE="1",
        ANSIBLE_COLLECTIONS_PATH=str(COLLECTIONS),
        LC_ALL="C.UTF-8",
    )
    return kept
