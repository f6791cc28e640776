# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them: ansible-runner on a private data directory that nobody keeps, credentials in its environment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from checkout import TREE
from playbook import Workplace

COMMAND_LINE = "-u root --forks=5"  # AWX's, beside -v, the inventory and @env/extravars


class Finished(NamedTuple):
    """What a job came to."""

    code: int
    output: str
    events: list[dict[str, Any]]
    artifacts: Path  # all that AWX keeps of a job

    def results(self, task: str) -> list[dict[str, Any]]:
        """The results of tasks whose name ends so."""
        rows = [event["event_data"] for event in self.events if event["event"].startswith("runner_on_")]
        return [row["res"] for row in rows if row["task"].endswith(task) and "res" in row]

    def stats(self) -> dict[str, Any]:
        """The recap: hosts by ok, changed, failures ..."""
        found: dict[str, Any] = next(event["event_data"] for event in self.events if event["event"] == "playbook_on_stats")
        return found


class Job:
    """One job: started when made; its folder is thrown away when it is finished, but for the artifacts."""

    def __init__(
        self, workplace: Workplace, name: str, playbook: str, variables: dict[str, Any], environment: dict[str, str], hosts: dict[str, Any] | None = None
    ) -> None:
        self.folder = workplace.folder / name
        self.artifacts = workplace.folder / f"{name}-artifacts"
        for room in ("env", "inventory"):
            (self.folder / room).mkdir(parents=True, mode=0o700)
        shutil.copytree(TREE / "playbooks", self.folder / "project")
        for file, text in (("cmdline", COMMAND_LINE), ("extravars", json.dumps(variables)), ("envvars", json.dumps(environment))):
            self._write(f"env/{file}", text)
        listed = {"all": {"hosts": sorted(hosts or {})}, "_meta": {"hostvars": hosts or {}}}
        self._write("inventory/hosts", f"#!/usr/bin/env python3\nprint({json.dumps(listed)!r})\n")
        os.chmod(self.folder / "inventory" / "hosts", 0o700)
        command = ["ansible-runner", "run", str(self.folder), "-p", playbook, "-v", "--artifact-dir", str(self.artifacts), "--ident", "job"]
        # files instead of pipes: several jobs run at a time, and nobody reads
        self._output = open(workplace.folder / f"{name}.out", "w+", encoding="utf-8")
        environ = {name: value for name, value in workplace.environment().items() if not name.startswith(("TASK_RESULTS", "ANSIBLE_CALLBACK"))}
        environ["TMPDIR"] = str(self.folder)
        self._process = subprocess.Popen(command, cwd=self.folder, env=environ, stdout=self._output, stderr=subprocess.STDOUT)

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")

    def finish(self, timeout: float) -> Finished:
        try:
            code = self._process.wait(timeout)
        finally:
            self._process.kill()
            self._process.wait()
            self._output.seek(0)
            output = self._output.read()
            self._output.close()
            shutil.rmtree(self.folder)
        # ansible-runner's own note of the environment, which AWX keeps with the credentials' values hidden
        (self.artifacts / "job" / "command").unlink(missing_ok=True)
        events = [json.loads(path.read_bytes()) for path in (self.artifacts / "job" / "job_events").glob("[0-9]*.json")]
        return Finished(code, output, sorted(events, key=lambda event: event["counter"]), self.artifacts)
