# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a copy of this checkout up to date: what git tracks, and new files that it does not ignore.

ansible-test insists on a path .../ansible_collections/<namespace>/<name> that is no symbolic link, while a checkout may
have any name. The copy is a (bare of commits) git repository of its own: ansible-test, ansible-lint and ruff ask the
nearest repository which files count, and the checkout's would answer "none", as it ignores .cache.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT = (".git", "tests/output")  # not ours to remove: the copy's repository, and what tests write (JUnit files)


def git(folder: Path, *arguments: str) -> str:
    """Run git in folder and return what it prints; end the program with git's own words when it fails."""
    try:
        return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True).stdout
    except FileNotFoundError:
        sys.exit("tests/copy_tree.py: git is not installed (Debian: apt-get install git)")
    except subprocess.CalledProcessError as exc:
        sys.exit(f"tests/copy_tree.py: git {arguments[0]} failed in {folder}, which has to be a git clone of the project: {exc.stderr.strip()}")


def listed() -> set[str]:
    """Paths, relative to the checkout, of all files that belong to the project and exist."""
    names = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return {name for name in names if name and (ROOT / name).is_file()}


def same(source: Path, target: Path) -> bool:
    """Whether the copy is as new, as long and as executable as its source."""
    if not target.is_file():
        return False
    ours, theirs = source.stat(), target.stat()
    return (ours.st_mtime_ns, ours.st_size, ours.st_mode) == (theirs.st_mtime_ns, theirs.st_size, theirs.st_mode)


def update(copy: Path) -> None:
    """Make copy hold exactly the project's files."""
    wanted = listed()
    copy.mkdir(parents=True, exist_ok=True)
    if not (copy / ".git").exists():
        git(copy, "init", "--quiet")
    for path in sorted(copy.rglob("*"), reverse=True):
        name = path.relative_to(copy).as_posix()
        if name in wanted or any(name == kept or name.startswith(kept + "/") for kept in KEPT):
            continue
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif "__pycache__" not in path.parts:
            path.unlink()
    for name in wanted:
        source, target = ROOT / name, copy / name
        if not same(source, target):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


if __name__ == "__main__":
    update(ROOT / sys.argv[1])
