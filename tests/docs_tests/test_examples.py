# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every page's examples do what the page says: run as they stand there, against a simulated cloud, but for the place of /srv."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from examples import Example, examples, files, is_tasks, missing_line

from playbook import TIMEOUT, Workplace
from simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = "object_storage.rst"  # its examples need an object store: tests/store_tests/test_guide.py runs them
PAGES = [*sorted((ROOT / "docs" / "docsite" / "rst").glob("*.rst")), ROOT / "README.md"]  # the Chinese one has the same blocks: test_pages.py
PAGES = [page for page in PAGES if page.name != ELSEWHERE]
GROUP = "group/cloudaudit.huaweicloud.huaweicloud"
# Pages without an example of this kind, and why.
WITHOUT = {
    "reading_the_archive.rst": "its examples need engines: tests/engine_tests/test_docs_examples.py runs them",
    "open_readings.rst": "it says how the service is understood, and has nothing to type",
    "house.rst": "its picture is made from the code: test_house.py",
    "decisions.rst": "it has nothing to type",
    "progress.rst": "its session is recorded: make session",
    "forecast.rst": "its forecasts are held against runs: tests/collector_tests/test_forecast.py",
    "performance.rst": "its command takes half an hour: tests/benchmark",
}


class Place:
    """Where the examples of one page run: a folder for /srv, and a cloud in place of Huawei's."""

    def __init__(self, folder: Path, cloud: Simulator) -> None:
        self.work = Workplace(folder)
        self.srv = folder / "srv"
        self.srv.mkdir()
        (folder / "extensions").symlink_to(ROOT / "extensions")  # as in a clone
        self.here = {"endpoint": cloud.url, "auth_url": cloud.url}
        variables = {"cloudaudit_huaweicloud_connection": self.here, **{f"cloudaudit_huaweicloud_{name}": value for name, value in self.here.items()}}
        (folder / "here.json").write_text(json.dumps(variables))
        key = cloud.options("access_key")
        # The examples' own commands, told where the simulated cloud is.
        wrapper = folder / "bin" / "ansible-playbook"
        wrapper.parent.mkdir()
        wrapper.write_text(f'#!/bin/sh\nexec "{shutil.which("ansible-playbook", path=self.work.environment()["PATH"])}" -e @{folder}/here.json "$@"\n')
        wrapper.chmod(0o755)
        self.environment = self.work.environment(
            HW_ACCESS_KEY=key["access_key"], HW_SECRET_KEY=key["secret_key"], HW_REGION_NAME=key["region"], HW_AUTH_URL=cloud.url
        )
        self.environment["PATH"] = f"{wrapper.parent}:{self.environment['PATH']}"

    def text(self, text: str) -> str:
        return text.replace("/srv", str(self.srv))

    def save(self, name: str, text: str) -> None:
        """Write a file of the page. Plays are told where the simulated cloud is, everything else stays as it stands there."""
        text = self.text(text)
        given = yaml.safe_load(text) if name.endswith(".yml") else None
        if isinstance(given, list) and not is_tasks(text):
            text = json.dumps([self._here(play) for play in given])
        (self.work.folder / name).write_text(text)

    def run(self, example: Example) -> str:
        """What the example prints; a command that fails fails the test."""
        text = self.text(example.text)
        if example.language == "yaml":
            given = yaml.safe_load(text)
            plays = [{"hosts": "localhost", "gather_facts": False, "tasks": given}] if is_tasks(example.text) else given
            (self.work.folder / "examples.yml").write_text(json.dumps([self._here(play) for play in plays]))
            text = "ansible-playbook examples.yml"
        together: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        done = subprocess.run(["bash", "-euc", text], cwd=self.work.folder, env=self.environment, timeout=TIMEOUT, check=False, **together)
        assert done.returncode == 0, f"{text}\n{done.stdout}"
        return done.stdout

    def _here(self, play: dict[str, Any]) -> dict[str, Any]:
        defaults = play.setdefault("module_defaults", {})
        if isinstance(defaults.setdefault(GROUP, {}), dict):  # else it is a variable that the wrapper sets
            defaults[GROUP].update(self.here)
        return play


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_do_what_the_page_says(page: Path, tmp_path: Path, cloud: Simulator) -> None:
    place = Place(tmp_path, cloud)
    for name, text in files(page).items():
        place.save(name, text)
    found = list(examples(page))
    assert bool(found) != (page.name in WITHOUT), f"{page.name}: an example that a test runs, or a reason in WITHOUT"
    for example in found:
        output = place.run(example)
        missing = missing_line(place.text(example.printed), output)
        assert missing is None, f"{page.name} says that this is printed:\n{missing}\nof\n{example.text}\nbut it printed\n{output}"


def test_a_line_that_is_not_printed_is_noticed() -> None:
    assert missing_line("a ... c\nd", "x\na  b  c\nd\n") is None
    assert missing_line("d\na", "a\nd\n") == "a"
