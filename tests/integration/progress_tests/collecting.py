# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A play with one task that collects from a simulated cloud, and what is left behind by a run of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from archived import lines
from checkout import TREE
from playbook import Run, Workplace
from simulator import Simulator
from terminal import Terminal

MODULE = "cloudaudit.huaweicloud.cfw_flow_log_archive"
LOG_TYPES = ["internet", "vpc"]
DAY = 86_400_000
LINE = re.compile(
    r"progress: \[(?P<host>\S+)\] (?P<clock>[\d:]+) \| (?P<records>[\d,]+) records, (?P<rate>[\d,]+)/s"
    r" \| windows (?P<done>[\d,]+)/(?P<planned>[\d,]+) \|(?P<rest>.*?)(?P<requests>[\d,]+) requests"
)


class Collecting:
    """The task in a workplace. Its archive, temporary folders and home are all below the workplace's folder."""

    def __init__(self, workplace: Workplace, cloud: Simulator) -> None:
        self.workplace = workplace
        self.cloud = cloud
        self.archive = workplace.folder / "archive"

    def play(self, progress: int, hosts: str = "localhost", **keywords: Any) -> list[dict[str, Any]]:
        firewalls = sorted({stream[1] for stream in self.cloud.streams()})
        connection = {option: f"{{{{ service.{option} }}}}" for option in self.cloud.options()}
        arguments = {
            "archive": str(self.archive) + ("" if hosts == "localhost" else "/{{ inventory_hostname }}"),
            "firewalls": [{"fw_instance_id": firewall} for firewall in firewalls],
            "log_types": LOG_TYPES,
            "start_time": str(self.cloud.world.begins_at - DAY),
            "end_time": str(self.cloud.world.begins_at),
            "settle": "0",
            "concurrency": 2,
            "progress": progress,
        }
        task = {"name": "Collect", MODULE: arguments, **keywords}
        return [
            {
                "hosts": hosts,
                "connection": "local",
                "gather_facts": False,
                "vars": {"ansible_python_interpreter": sys.executable},
                "module_defaults": {"group/cloudaudit.huaweicloud.huaweicloud": connection},
                "tasks": [task],
            }
        ]

    def variables(self) -> dict[str, Any]:
        return {"service": self.cloud.options()}

    def run(self, progress: int, *arguments: str, hosts: str = "localhost", env: dict[str, str] | None = None, **keywords: Any) -> Run:
        """The play without a terminal."""
        return self.workplace.play(self.play(progress, hosts, **keywords), self.variables(), *arguments, **env or {})

    def verification(self, progress: int, **archive: str) -> list[dict[str, Any]]:
        """A play that verifies an archive."""
        arguments = {**archive, "verify": "data", "progress": progress}
        return [{**self.play(progress)[0], "tasks": [{"name": "Verify", f"{MODULE}_info": arguments}]}]

    def terminal(self, play: list[dict[str, Any]]) -> Terminal:
        """The play in a terminal; it has begun when this returns."""
        folder = self.workplace.folder
        for name, content in (("playbook.json", play), ("variables.json", self.variables())):
            (folder / name).write_text(json.dumps(content), encoding="utf-8")
        return Terminal(["ansible-playbook", "playbook.json", "-e", "@variables.json"], self.workplace.environment(), folder)

    def commits(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.archive.glob("evidence/**/commits/**/*.json")}

    def assert_holds_the_truth(self) -> None:
        """Each record of each stream once, in order, byte for byte."""
        for project_id, firewall, log_type in self.cloud.streams():
            truth = self.cloud.truth_lines(project_id=project_id, fw_instance_id=firewall, log_type=log_type)
            assert lines(self.archive, project_id, firewall, log_type) == [line for line in truth if line]

    def assert_verifies(self) -> None:
        """The verifier that shares no code with the collection finds nothing wrong."""
        command = [sys.executable, str(TREE / "extensions" / "verify.py"), str(self.archive)]
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
        assert finished.returncode == 0, finished.stdout + finished.stderr

    def processes(self) -> list[bytes]:
        """The command lines of processes that belong to this run: all of them name the workplace."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = path.read_bytes()
            except OSError:  # it has ended
                continue
            if str(self.workplace.temporary).encode() in command or b"playbook.json" in command and self._is_ours(path.parent):
                found.append(command)
        return found

    def _is_ours(self, process: Path) -> bool:
        try:
            return (process / "cwd").resolve() == self.workplace.folder
        except OSError:
            return False

    def temporary_files(self) -> list[str]:
        """What modules were given and has not been removed."""
        return [str(path) for path in (self.workplace.temporary / "remote").rglob("*")]


def shown(text: str) -> list[re.Match[str]]:
    """The lines of progress in what a screen shows."""
    return list(LINE.finditer(text))


def number(text: str) -> int:
    return int(text.replace(",", ""))
