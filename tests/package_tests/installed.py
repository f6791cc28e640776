# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's machine: a home with Ansible, the two libraries that README asks for, and the built collection."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

from checkout import BIN, TREE, environment

PACKAGES = [f"{name}=={version(name)}" for name in ("ansible-core", "requests", "jmespath")]
TIMEOUT = 300  # seconds


class Installed:
    """The home, and what was installed there; nothing of the caller's environment but how to reach the package index."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        build = [str(BIN / "ansible-galaxy"), "collection", "build", "--output-path", str(folder)]
        subprocess.run(build, cwd=TREE, env=environment(), check=True, stdout=subprocess.DEVNULL, timeout=TIMEOUT)
        [self.tarball] = folder.glob("*.tar.gz")
        subprocess.run([sys.executable, "-m", "venv", str(self.home / "venv")], check=True, timeout=TIMEOUT)
        index = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        pip = [str(self.home / "venv" / "bin" / "pip"), "install", "--quiet", *PACKAGES]
        subprocess.run(pip, env={**environment(), **index}, check=True, timeout=TIMEOUT)
        self.run(f"ansible-galaxy collection install --offline {self.tarball}").check_returncode()

    @property
    def collection(self) -> Path:
        """Where ansible-galaxy puts collections when it is told nothing else."""
        return self.home / ".ansible" / "collections" / "ansible_collections" / "cloudaudit" / "huaweicloud"

    def names(self) -> list[str]:
        """The files in the tarball."""
        with tarfile.open(self.tarball) as archive:
            return [member.name for member in archive if member.isfile()]

    def run(self, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a line of shell at home; output and errors come together."""
        given = {"HOME": str(self.home), "PATH": f"{self.home}/venv/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", **variables}
        return subprocess.run(
            ["sh", "-c", command], cwd=self.home, env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT, check=False
        )
