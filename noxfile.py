# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contributor's longer checks; the everyday tests are tests/everyday.py. Sessions are set in antsibull-nox.toml, and here:

the coverage, ansible-test with every supported ansible-core, the changelog, and the import into Galaxy.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import antsibull_nox
import nox

ROOT = Path(__file__).resolve().parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "parts")]

from checkout import BIN, HOME, TREE, environment  # noqa: E402
from everyday import STAGES, pytest_stage  # noqa: E402

CORES = {  # ansible-core: the oldest and the newest Python of its controller that this machine has
    "2.16": ("3.10", "3.12"),
    "2.17": ("3.10", "3.12"),
    "2.18": ("3.11", "3.13"),
    "2.19": ("3.11", "3.13"),
    "2.20": ("3.12", "3.13"),
    "2.21": ("3.12", "3.13"),
}
WITHOUT_PLAYBOOKS = ["--ignore", "tests/report_tests/test_role.py", "--ignore", "tests/report_tests/test_page.py"]
COVERED = [  # the tests that run the code in their own process, fewer where many walk the same way
    pytest_stage("tests/unit"),
    pytest_stage("tests/collector_tests", "--ignore", "tests/collector_tests/test_readings.py", dist="load"),
    STAGES["tampering"],
    pytest_stage("tests/report_tests", "-m", "quick", *WITHOUT_PLAYBOOKS),
]
HOST = "3.9"  # the oldest Python that modules run on; every one of these ansible-cores admits it

# ansible-test keeps what it installs, and what we hand it, in a home that is not the caller's; pip's cache and settings stay the caller's.
os.environ.update({name: environment()[name] for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "PATH")})
antsibull_nox.load_antsibull_nox_toml()


def hand_over_pip() -> None:
    """Give ansible-test, in place of the script that it would download, one that installs pip without a network."""
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in ("23_1_2", "24_2", "25_2"):
        shutil.copyfile(ROOT / "tests" / "bootstrap_pip.py", cache / f"get_pip_{version}.py")


def prepare_integration() -> None:
    """Put awx.awx, which the role awx needs, beside the copy of this collection that is tested."""
    from awx_collection import collections_path

    hand_over_pip()
    shutil.copytree(collections_path() / "ansible_collections" / "awx", Path.cwd().parents[1] / "awx")


def forget_temporary_output() -> None:
    """antsibull-nox copies tests/output back, and stumbles over what ansible-test leaves in its .tmp."""
    shutil.rmtree(Path("tests", "output", ".tmp"), ignore_errors=True)


for core, (oldest, newest) in CORES.items():
    for kind, parameters in {
        "sanity": ["--local"],
        "units": ["--controller", f"origin:python=venv/{newest}", "--target-python", f"venv/{HOST}", "--target-python", f"venv/{newest}"],
        "integration": ["--controller", f"origin:python=venv/{oldest}", "--target", f"controller:python=venv/{HOST}"],
    }.items():
        antsibull_nox.add_ansible_test_session(
            name=f"ansible-test-{kind}-{core}",
            description=f"Run ansible-test {kind} with ansible-core {core}",
            ansible_test_params=[kind, "--color", "no", *parameters],
            default=False,
            ansible_core_version=core,
            ansible_core_source="pypi",
            callback_before=prepare_integration if kind == "integration" else hand_over_pip,
            callback_after=forget_temporary_output,
        )


@nox.session(python=False)
def coverage(session: nox.Session) -> None:
    """Measure which lines the tests run, with .venv's Python, and hold their share against the floor in tests/coverage.cfg"""
    data = {"COVERAGE_FILE": str(Path(session.create_tmp(), "coverage").resolve())}
    with session.chdir(TREE):
        session.run(str(BIN / "coverage"), "erase", env=data)
        for stage in COVERED:
            pytest, *arguments = stage.command
            # the floor is that of all of them together
            measured = ["--cov", "--cov-append", "--cov-config=tests/coverage.cfg", "--cov-report=", "--cov-fail-under=0"]
            session.run(str(BIN / pytest), *arguments, *measured, env={**environment(), **stage.variables, **data}, include_outer_env=False)
        session.run(str(BIN / "coverage"), "report", "--rcfile=tests/coverage.cfg", env=data)


@nox.session
def changelog(session: nox.Session) -> None:
    """Lint the changelog's fragments, and render it: the one that is here, or, before the first release, the one that would come"""
    session.install("antsibull-changelog", "ansible-core")
    copy = Path(session.create_tmp(), "ansible_collections", "cloudaudit", "huaweicloud")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(TREE, copy, ignore=shutil.ignore_patterns(".git", "output"))
    with session.chdir(copy):
        session.run("antsibull-changelog", "lint")
        released = Path("changelogs", "changelog.yaml").exists()
        session.run("antsibull-changelog", "generate" if released else "release")
        if released and Path("CHANGELOG.md").read_bytes() != (ROOT / "CHANGELOG.md").read_bytes():
            session.error("CHANGELOG.md is not what its fragments say. Run antsibull-changelog generate, see CONTRIBUTING.md")


@nox.session(name="galaxy-importer")
def galaxy_importer(session: nox.Session) -> None:
    """Import the built collection as Ansible Galaxy and Automation Hub do; an error or a warning of theirs is a failure"""
    session.install("galaxy-importer", "ansible-core")
    build = Path(session.create_tmp()).resolve()
    with session.chdir(TREE):
        session.run("ansible-galaxy", "collection", "build", "--force", "--output-path", str(build), silent=True)
    [tarball] = build.glob("*.tar.gz")
    with session.chdir(build):
        settings = {"GALAXY_IMPORTER_CONFIG": str(ROOT / "tests" / "galaxy-importer.cfg")}
        said = session.run("python", "-m", "galaxy_importer.main", tarball.name, env=settings, silent=True)
    complaints = [line for line in str(said).splitlines() if line.startswith(("ERROR", "WARNING"))]
    if complaints:
        session.error("\n".join(complaints))


if __name__ == "__main__":
    nox.main()
