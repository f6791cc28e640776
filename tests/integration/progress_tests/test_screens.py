# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where lines of progress are shown, and where nothing of them may be seen."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from collecting import MODULE, Collecting, number, shown

EXPECTED = 36_000  # records that the cloud has
OF_ASYNC = {"ansible_job_id", "started", "finished", "results_file", "stdout", "stdout_lines", "stderr", "stderr_lines"}


@pytest.fixture
def quick(collecting: Collecting) -> Collecting:
    """Long enough for a line every second."""
    collecting.cloud.set(latency_ms=200)
    return collecting


@pytest.mark.long
def test_result_and_failure_are_those_of_a_plain_module(quick: Collecting) -> None:
    """With async the module runs as ansible-core runs any module: the same, and no line."""
    watched = quick.run(1)
    assert watched.code == 0, watched.output
    assert shown(watched.output)
    quick.archive.rename(quick.archive.with_name("watched"))
    aside: dict[str, Any] = {"env": {"ANSIBLE_ASYNC_DIR": str(quick.workplace.folder / "async")}, "async": 100, "poll": 5}
    plain = quick.run(1, **aside)
    assert plain.code == 0, plain.output
    assert "progress:" not in plain.output
    results = [run.task("Collect").result for run in (watched, plain)]
    assert set(results[0]) == set(results[1]) - OF_ASYNC
    assert results[0]["records"] == results[1]["records"] == EXPECTED

    quick.cloud.set(refuse_firewalls=[stream[1] for stream in quick.cloud.streams()])
    failures = [quick.run(1, **keywords).task("Collect") for keywords in ({}, aside)]
    assert [failure.status for failure in failures] == ["failed", "failed"]
    assert set(failures[0].result) == set(failures[1].result) - OF_ASYNC
    messages = [failure.result["msg"].split(" Request ID")[0] for failure in failures]
    assert messages[0] == messages[1]


def test_nothing_is_shown(quick: Collecting) -> None:
    switched_off, hidden, planned = quick.play(0), quick.play(1, no_log=True), quick.play(1, check_mode=True)
    for play, name in ((switched_off, "switched off"), (hidden, "no_log"), (planned, "check mode")):
        play[0]["tasks"][0]["name"] = name
        play[0]["tasks"][0][MODULE]["archive"] = str(quick.archive.with_name(name))
    run = quick.workplace.play(switched_off + hidden + planned, quick.variables())
    assert run.code == 0, run.output
    assert [task.status for task in run.tasks] == ["ok", "ok", "ok"]
    assert "progress:" not in run.output


@pytest.mark.long
def test_nothing_is_shown_of_what_runs_as_somebody_else(quick: Collecting) -> None:
    sudo = shutil.which("sudo")
    if sudo is None or subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs sudo without a password")
    run = quick.run(1, become=True, become_method="ansible.builtin.sudo")
    assert run.code == 0, run.output
    assert "progress:" not in run.output


@pytest.mark.parametrize("callback", ["results_as_json", pytest.param("minimal", marks=pytest.mark.long)])
def test_what_other_callbacks_print_stays_theirs(quick: Collecting, callback: str) -> None:
    folders = os.pathsep.join(str(folder / "callbacks") for folder in (Path(__file__).parent, Path(__file__).parents[1] / "playbook_tests"))
    run = quick.run(1, env={"ANSIBLE_STDOUT_CALLBACK": callback, "ANSIBLE_CALLBACK_PLUGINS": folders})
    assert run.code == 0, run.output
    assert run.task("Collect").result["records"] == EXPECTED
    assert "progress:" not in run.output
    if callback == "results_as_json":
        assert json.loads(run.output)["Collect"]["records"] == EXPECTED


@pytest.mark.long
def test_hosts_share_the_screen_and_pipelining_changes_nothing(quick: Collecting) -> None:
    quick.cloud.set(latency_ms=400)
    run = quick.run(2, "-i", "one,two,three,", hosts="all", env={"ANSIBLE_PIPELINING": "true"})
    assert run.code == 0, run.output
    lines = shown(run.output)
    assert len({line["host"] for line in lines}) > 1, run.output
    longest = max(int(line["clock"].split(":")[1]) for line in lines)
    assert len(lines) <= longest / 2 + 2, run.output
    assert not quick.temporary_files()


def test_job_runner_gets_lines_while_the_task_runs(quick: Collecting) -> None:
    """ansible-runner, hence AWX, gets each line as an event of its own, before the event of the task's end."""
    folder = quick.workplace.folder
    (folder / "project").mkdir()
    (folder / "env").mkdir()
    (folder / "project" / "play.json").write_text(json.dumps(quick.play(1)), encoding="utf-8")
    (folder / "env" / "extravars").write_text(json.dumps(quick.variables()), encoding="utf-8")
    environment = {name: value for name, value in quick.workplace.environment().items() if not name.startswith(("TASK_RESULTS", "ANSIBLE_CALLBACK"))}
    command = ["ansible-runner", "run", str(folder), "-p", "play.json", "--ident", "job"]
    finished = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    events = [json.loads(path.read_text(encoding="utf-8")) for path in (folder / "artifacts" / "job" / "job_events").glob("*.json")]
    events.sort(key=lambda event: event["counter"])
    kinds = [(event["event"], bool(shown(event["stdout"]))) for event in events]
    assert ("verbose", True) in kinds
    assert {kind for kind, has_line in kinds if has_line} == {"verbose"}
    last_line = max(place for place, kind in enumerate(kinds) if kind[1])
    assert last_line < kinds.index(("runner_on_ok", False))
    records = [number(match["records"]) for event in events for match in shown(event["stdout"])]
    assert records == sorted(records)
