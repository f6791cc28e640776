# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contributor's longer checks; the everyday tests are tests/everyday.py. Sessions are set in antsibull-nox.toml, and here:

the collection's tests with every ansible-core that PyPI has for a Python of this machine.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import antsibull_nox
import nox

ROOT = Path(__file__).resolve().parent
CORES = {"2.17": "3.10", "2.19": "3.11", "2.21": "3.12"}  # ansible-core: the Python of the controller

antsibull_nox.load_antsibull_nox_toml()


def forget_temporary_output() -> None:
    """antsibull-nox copies tests/output back, and stumbles over what ansible-test leaves in its .tmp."""
    shutil.rmtree(ROOT / "tests" / "output" / ".tmp", ignore_errors=True)


for core, python in CORES.items():
    for kind in ("sanity", "units"):
        antsibull_nox.add_ansible_test_session(
            name=f"ansible-test-{kind}-{core}",
            description=f"Run ansible-test {kind} with ansible-core {core}",
            ansible_test_params=[kind, "--local", "--color", "no", *(["--python", python, "--requirements"] if kind == "units" else [])],
            default=False,
            ansible_core_version=core,
            ansible_core_source="pypi",
            callback_after=forget_temporary_output,
        )

if __name__ == "__main__":
    nox.main()
