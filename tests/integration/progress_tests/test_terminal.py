# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees who runs a long collection in a terminal, and what happens when they have seen enough."""

from __future__ import annotations

import os
import signal
import socket
import time

import pytest
from collecting import Collecting, number, shown

from terminal import CTRL_C, Terminal

INTERVAL = 2
LIMIT = 120  # seconds; what takes longer hangs
INTERRUPTED = 99  # ansible-playbook's exit status after Ctrl-C


def begun(collecting: Collecting) -> Terminal:
    """A collection that has shown how far it is, and committed something."""
    terminal = collecting.terminal(collecting.play(INTERVAL))
    terminal.wait_for(lambda text: len(shown(text)) > 1 and bool(collecting.commits()), LIMIT)
    return terminal


def assert_goes_on_where_it_stopped(collecting: Collecting, committed: dict[str, bytes]) -> None:
    collecting.assert_verifies()
    after = collecting.commits()
    assert {name: after.get(name) for name in committed} == committed
    collecting.cloud.set(latency_ms=0)
    again = collecting.run(0)
    assert again.code == 0, again.output
    assert again.task("Collect").result["changed"]
    collecting.assert_holds_the_truth()
    collecting.assert_verifies()


def test_lines_show_that_it_moves_and_are_not_too_many(collecting: Collecting) -> None:
    terminal = collecting.terminal(collecting.play(INTERVAL))
    assert terminal.finish(LIMIT) == 0, terminal.text
    lines = shown(terminal.text)
    assert len(lines) > 3, terminal.text
    began, ended = (next(one.at for one in terminal.shown if word in one.text) for word in ("TASK", "changed:"))
    assert len(lines) <= (ended - began) / INTERVAL
    assert terminal.text.count("progress:") == len(lines)

    records = [number(line["records"]) for line in lines]
    windows = [number(line["done"]) for line in lines]
    assert records == sorted(records) and records[-1] > records[0]
    assert windows == sorted(windows) and windows[-1] > windows[0]
    assert {number(line["planned"]) for line in lines} == {4 * 24 + 4}  # the cloud's day begins inside an hour
    assert any("left" in line["rest"] for line in lines)
    assert any("edge/internet" in line["rest"] for line in lines)
    collecting.assert_holds_the_truth()
    assert not collecting.temporary_files()


def test_ctrl_c_stops_cleanly(collecting: Collecting) -> None:
    terminal = begun(collecting)
    committed = collecting.commits()
    terminal.press(CTRL_C)
    assert terminal.finish(LIMIT) == INTERRUPTED, terminal.text
    assert not collecting.processes()
    assert not collecting.temporary_files()
    assert "Traceback" not in terminal.text
    assert "interrupted" in terminal.text
    assert_goes_on_where_it_stopped(collecting, committed)


@pytest.mark.parametrize("how", [pytest.param(signal.SIGTERM, id="asked", marks=pytest.mark.long), pytest.param(signal.SIGKILL, id="killed")])
def test_canceled_job_leaves_nothing_running(collecting: Collecting, how: signal.Signals) -> None:
    """A job runner asks the playbook to end, or kills its process group; what is outside the group has to notice by itself."""
    terminal = begun(collecting)
    committed = collecting.commits()
    assert any(b"AnsiballZ" in process for process in collecting.processes())
    if how == signal.SIGTERM:
        os.kill(terminal.pid, how)
    else:
        os.killpg(terminal.pid, how)
    terminal.finish(LIMIT)
    deadline = time.monotonic() + LIMIT
    while collecting.processes():
        assert time.monotonic() < deadline, f"still running: {collecting.processes()}"
        time.sleep(0.1)
    assert not collecting.temporary_files()
    assert_goes_on_where_it_stopped(collecting, committed)


def test_verification_stops_cleanly(collecting: Collecting) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # an object store that takes for ever
        place = {"archive": "s3://bucket/archive", "s3_endpoint_url": f"http://127.0.0.1:{silent.getsockname()[1]}", "s3_region": "here"}
        keys = {"s3_access_key": "AKIDAKIDAKIDAKID", "s3_secret_key": "a-secret-key"}
        terminal = collecting.terminal(collecting.verification(1, **place, **keys))
        terminal.wait_for(lambda text: "listing the archive's streams" in text, LIMIT)
        terminal.press(CTRL_C)
        assert terminal.finish(LIMIT) == INTERRUPTED, terminal.text
    assert not collecting.processes()
    assert not collecting.temporary_files()
    assert "Traceback" not in terminal.text
