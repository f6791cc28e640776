# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a real ansible-playbook in a folder of its own: home, temporary files and results are all below it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from checkout import environment

ARCHIVE_PLAYBOOK = "cloudaudit.huaweicloud.archive"
TIMEOUT = 180  # seconds; a run that takes longer hangs


class Task(NamedTuple):
    """What one task of a run came to."""

    name: str
    status: str  # ok, failed, skipped
    result: dict[str, Any]


class Run(NamedTuple):
    """What a run of ansible-playbook came to."""

    code: int
    output: str
    tasks: list[Task]

    def task(self, name: str) -> Task:
        """The only task whose name ends so; roles and hosts put something before it."""
        found = [task for task in self.tasks if task.name.endswith(name)]
        assert len(found) == 1, f"{len(found)} tasks named {name!r} in:\n{self.output}"
        return found[0]


class Workplace:
    """Where a test's runs of ansible-playbook happen."""

    timeout = TIMEOUT

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.temporary = folder / "tmp"
        for path in (self.home, self.temporary):
            path.mkdir()

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of runs: the checkout's, with every file that Ansible might write below the folder."""
        return {
            **environment(),
            "HOME": str(self.home),
            "ANSIBLE_HOME": str(self.home / ".ansible"),
            "ANSIBLE_REMOTE_TMP": str(self.temporary / "remote"),
            "TMPDIR": str(self.temporary),
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callbacks"),
            "ANSIBLE_CALLBACKS_ENABLED": "task_results",
            "TASK_RESULTS": str(self.folder / "results.jsonl"),
            **more,
        }

    def play(self, playbook: str | list[dict[str, Any]], variables: dict[str, Any], *arguments: str, **env: str) -> Run:
        """Run a playbook (a name, or plays) with these variables, read from a file as secrets should be."""
        if not isinstance(playbook, str):
            path = self.folder / "playbook.json"  # JSON is YAML
            path.write_text(json.dumps(playbook), encoding="utf-8")
            playbook = str(path)
        given = self.folder / "variables.json"
        given.touch(mode=0o600)
        given.write_text(json.dumps(variables), encoding="utf-8")
        results = self.folder / "results.jsonl"
        results.unlink(missing_ok=True)
        command = ["ansible-playbook", playbook, "-e", f"@{given}", *arguments]
        finished = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(**env),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=self.timeout,
            check=False,
        )
        lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
        rows = [json.loads(line) for line in lines]
        return Run(finished.returncode, finished.stdout, [Task(row["task"], row["status"], row["result"]) for row in rows])
