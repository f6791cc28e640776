# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The everyday test run: every stage, also after a failure, and one closing line that counts them.

    tests/everyday.py [stage ...]

A pytest stage counts its tests, any other stage counts as one. Exit status 1 when anything failed. tests/longer.py runs the stages of
the longer test run in the same way.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import NamedTuple
from xml.etree import ElementTree

from ansible_test._internal.python_requirements import get_venv_packages

from checkout import HOME, ROOT, TREE, environment

JUNIT = TREE / "tests" / "output" / "junit"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


class Stage(NamedTuple):
    """One step: its command, run in the copied tree, where it leaves JUnit results (None: it counts as one), and what it adds to the environment."""

    command: list[str]
    junit: str | None = None
    variables: Mapping[str, str] = {}


def pytest_stage(path: str, *arguments: str, dist: str = "loadfile", **variables: str) -> Stage:
    name = path.rsplit("/", 1)[-1]
    command = ["pytest", "-q", "-ra", "-n", "2", "--dist", dist, "-p", "no:cacheprovider", f"--junit-xml={JUNIT}/{name}.xml", path, *arguments]
    return Stage(command, f"{name}.xml", variables)


STAGES = {
    "ruff": Stage(["ruff", "check", "--no-cache", "."]),
    "units": Stage(["ansible-test", "units", "--local", "--python", PYTHON, "--color", "no"], f"python{PYTHON}-*.xml"),
    "simulator": pytest_stage("tests/simulator_tests"),
    "collector": pytest_stage("tests/collector_tests", dist="load"),
    "stores": pytest_stage("tests/store_tests", "-k", "folder", "--kills", "5", "--meeting", "3"),
    "tampering": pytest_stage("tests/tamper_tests", dist="load"),
    "engines": pytest_stage("tests/engine_tests", "-m", "quick"),
    "reports": pytest_stage("tests/report_tests", "-m", "quick"),
    "playbooks": pytest_stage("tests/integration/playbook_tests", "-m", "not long"),
    "progress": pytest_stage("tests/integration/progress_tests", "-m", "not long"),
    "docs": pytest_stage("tests/docs_tests", dist="load"),
    "fleet": pytest_stage("tests/integration/fleet_tests", "-m", "not (long or store)"),
    "sanity": Stage(["ansible-test", "sanity", "--local", "--color", "no"]),
    "ansible-lint": Stage(["ansible-lint", "--nocolor"]),
}


def prepare() -> None:
    """Make the folders that stages write to, and hand ansible-test the script that it would download."""
    JUNIT.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(TREE / "tests" / "output" / ".tmp", ignore_errors=True)
    version = get_venv_packages(SimpleNamespace(version=PYTHON))["pip"].replace(".", "_")
    script = HOME / ".ansible" / "test" / "cache" / f"get_pip_{version}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / "tests" / "bootstrap_pip.py", script)


def counts(pattern: str) -> tuple[int, int]:
    """(passed, failed) of the JUnit files that a stage has just left behind."""
    passed = failed = 0
    for path in JUNIT.glob(pattern):
        for suite in ElementTree.parse(path).getroot().iter("testsuite"):
            bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            passed += int(suite.get("tests", 0)) - bad - int(suite.get("skipped", 0))
            failed += bad
    return passed, failed


def run(name: str, stage: Stage) -> tuple[int, int]:
    """Run a stage and return (passed, failed); a stage that fails without a failed test counts one failure."""
    heading = f"\n== {name}: {' '.join(stage.command)}"
    started = time.monotonic()
    variables = {**environment(), **stage.variables}
    if stage.junit:
        for old in JUNIT.glob(stage.junit):
            old.unlink()
        print(heading, flush=True)
        code = subprocess.run(stage.command, cwd=TREE, env=variables, check=False).returncode
    else:  # runs beside the tests: what it prints is shown in one piece
        finished = subprocess.run(
            stage.command, cwd=TREE, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        code = finished.returncode
        print(heading, finished.stdout, sep="\n", flush=True)
    passed, failed = counts(stage.junit) if stage.junit else (int(code == 0), int(code != 0))
    if code and not failed:
        failed = 1
    if not code and not passed:
        print(f"{name}: no test ran", file=sys.stderr)
        failed = 1
    print(f"== {name}: {passed} passed, {failed} failed, {time.monotonic() - started:.0f} s", flush=True)
    return passed, failed


def main(stages: Mapping[str, Stage], names: list[str]) -> int:
    """Run the named stages, or all, or with '?' only name them, and return the exit status."""
    if names == ["?"]:
        print("\n".join(stages))
        return 0
    program = os.path.relpath(sys.argv[0], ROOT)
    unknown = [name for name in names if name not in stages]
    if unknown:
        print(f"{program}: no stage {', '.join(unknown)}; there are: {' '.join(stages)}", file=sys.stderr)
        return 2
    if " " in str(ROOT):
        print(f"{program}: ansible-test does not run in a path with blanks; move the clone away from {str(ROOT)!r}", file=sys.stderr)
        return 2
    prepare()
    started = time.monotonic()
    chosen = {name: stages[name] for name in names or stages}
    checks = {name: stage for name, stage in chosen.items() if not stage.junit}
    # Checks of the text keep one processor busy, tests keep what they get: together they take half as long as in turn.
    with ThreadPoolExecutor(1) as beside:
        waiting = {name: beside.submit(run, name, stage) for name, stage in checks.items()}
        tested = {name: run(name, stage) for name, stage in chosen.items() if stage.junit}
        results = {**tested, **{name: check.result() for name, check in waiting.items()}}
    print(f"\n{time.monotonic() - started:.0f} s")
    for name, (_passed, failed) in results.items():
        print(f"{'FAILED' if failed else 'ok':6} {name}")
    passed, failed = (sum(column) for column in zip(*results.values()))
    print(f"{passed} passed, {failed} failed", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(STAGES, sys.argv[1:]))
