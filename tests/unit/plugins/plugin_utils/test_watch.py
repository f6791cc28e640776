# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's end of the pipe: what is shown, and what becomes of signals."""

from __future__ import annotations

import json
import os
import select
import signal
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.plugin_utils.watch import Watch

LONG = 60  # seconds; what takes longer hangs


def write(pipe: int, line: str) -> None:
    os.write(pipe, json.dumps({"seconds": 5, "line": line}).encode() + b"\n")


def wait_until(happened) -> None:
    deadline = time.monotonic() + LONG
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_newest_line_is_shown_once_its_turn_has_come(tmp_path: Path) -> None:
    shown: list[tuple[int, str]] = []
    asked: list[str] = []
    turn = threading.Event()

    def show(seconds: int, line: str) -> bool:
        asked.append(line)
        if turn.is_set():
            shown.append((seconds, line))
        return turn.is_set()

    path = tmp_path / "pipe"
    with Watch(str(path), show):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        write(pipe, "first")
        wait_until(lambda: "first" in asked)
        write(pipe, "second")
        wait_until(lambda: "second" in asked)
        turn.set()
        wait_until(lambda: shown)
        os.write(pipe, b'{"seconds": 5, "li')
        os.write(pipe, b'ne": "third"}\n')
        wait_until(lambda: len(shown) == 2)
        os.close(pipe)
    assert shown == [(5, "second"), (5, "third")]
    assert not path.exists()


def to_the_process(number: int) -> None:
    os.kill(os.getpid(), number)


def to_another_thread(number: int) -> None:
    """As the system may do with any signal; the main thread, which runs handlers, does not wake up then."""
    other = next(thread for thread in threading.enumerate() if thread.name == "progress")
    assert other.ident is not None
    signal.pthread_kill(other.ident, number)


@pytest.mark.parametrize("send", [to_the_process, to_another_thread])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_for_the_module_and_is_then_given_back(tmp_path: Path, number: signal.Signals, send: Callable[[int], None]) -> None:
    received: list[int] = []
    before = signal.signal(number, lambda given, _frame: received.append(given))
    try:
        with Watch(str(tmp_path / "pipe"), lambda _seconds, _line: True):
            pipe = os.open(tmp_path / "pipe", os.O_WRONLY | os.O_NONBLOCK)
            poll = select.poll()
            poll.register(pipe, 0)
            threading.Timer(0.1, send, (number,)).start()
            assert poll.poll(LONG * 1000)  # the module, too, sees that nobody reads; it stops
            assert received == []
            os.close(pipe)
        assert received == [number]
    finally:
        signal.signal(number, before)
