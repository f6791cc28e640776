# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module's end of the pipe: lines while somebody reads, and an end when nobody does any more."""

from __future__ import annotations

import json
import os
import select
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.progress import PIPE, Progress, clock, left, watched

LONG = 60  # seconds; what takes longer hangs

STOPPED = """
import signal, sys, threading
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.progress import watched
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_received: stop.set())
with watched(sys.argv[1], 0):
    print("begun", flush=True)
    print("stopped" if stop.wait(60) else "still here", flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A task's temporary folder with a pipe in it."""
    folder = tmp_path / "ansible-tmp"
    folder.mkdir(mode=0o700)
    os.mkfifo(folder / PIPE, 0o600)
    return folder


def test_a_reader_gets_whole_lines(folder: Path) -> None:
    pipe = os.open(folder / PIPE, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with watched(str(folder), 1) as progress:
            progress.shows(lambda: "Übersicht")
            assert select.select([pipe], [], [], LONG)[0]
            text = os.read(pipe, 65536)
    finally:
        os.close(pipe)
    assert text.endswith(b"\n")
    told = json.loads(text.splitlines()[0])
    assert told["seconds"] == 1
    assert told["line"].endswith(" | Übersicht")


def test_a_line_tells_the_time_since_the_beginning() -> None:
    now = [100.0]
    progress = Progress(lambda: now[0])
    now[0] += 65
    assert progress.line() == "1:05 | beginning"
    progress.shows(lambda: "half of it")
    assert progress.line() == "1:05 | half of it"


@pytest.mark.parametrize("what", ["nothing", "a file", "no folder"])
def test_without_a_pipe_nobody_is_told(tmp_path: Path, what: str) -> None:
    if what == "a file":
        (tmp_path / PIPE).write_text("mine")
    before = threading.active_count()
    with watched(None if what == "no folder" else str(tmp_path), 1) as progress:
        progress.shows(lambda: pytest.fail("asked for a line"))
        assert threading.active_count() == before
    if what == "a file":
        assert (tmp_path / PIPE).read_text() == "mine"


@pytest.mark.parametrize("reader", ["goes", "never came"])
def test_without_a_reader_the_work_stops_and_its_folder_goes(folder: Path, reader: str) -> None:
    pipe = os.open(folder / PIPE, os.O_RDONLY | os.O_NONBLOCK) if reader == "goes" else None
    path = os.pathsep.join(entry for entry in sys.path if entry)
    with subprocess.Popen([sys.executable, "-c", STOPPED, str(folder)], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        if pipe is not None:
            assert process.poll() is None
            os.close(pipe)
        assert process.stdout.readline() == "stopped\n"
    assert process.returncode == 0
    assert not folder.exists()


def test_signals_that_modules_do_not_handle_end_them(folder: Path) -> None:
    code = STOPPED.replace("signal.signal(", "(lambda *_given: None)(")
    path = os.pathsep.join(entry for entry in sys.path if entry)
    finished = subprocess.run([sys.executable, "-c", code, str(folder)], env={**os.environ, "PYTHONPATH": path}, timeout=LONG, check=False)
    assert finished.returncode == -signal.SIGTERM


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (65.9, "1:05"), (3599, "59:59"), (3723, "1:02:03"), (90_000, "25:00:00")])
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "about 5 s left"), (33, "about 35 s left"), (61, "about 1 min left"), (1799, "about 30 min left"), (9000, "about 2.5 h left")]
)
def test_time_left_is_no_finer_than_an_estimate(seconds: float, text: str) -> None:
    assert left(seconds) == text


def test_pipe_is_private(folder: Path) -> None:
    assert stat.S_IMODE(os.stat(folder / PIPE).st_mode) == 0o600
