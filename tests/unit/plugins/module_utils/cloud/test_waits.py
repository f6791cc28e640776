# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What requests wait for, as it is shown to those who watch."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.credentials import resolve
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.waits import Waits
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import Interrupted
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.cloud.loopback import Answer, serve

LONG = 60  # seconds until which something has to be seen


def test_each_wait_is_named_once_and_only_while_it_lasts():
    now = [100.0]
    waits = Waits(lambda: now[0])
    assert waits.texts() == []
    with waits.for_answer("cfw.example"):
        assert waits.texts() == []  # answers take a moment
        now[0] += 12
        assert waits.texts() == ["cfw.example has not answered for 12 s"]
    with waits.for_next_try("cfw.example answered 503", 20):
        now[0] += 5
        assert waits.texts() == ["cfw.example answered 503, next try in 15 s"]
    assert waits.texts() == []


def test_many_threads_that_wait_for_the_same_are_one_line():
    waits = Waits(lambda: 0.0)
    inside, leave = threading.Barrier(4), threading.Event()

    def wait(seconds: float) -> None:
        with waits.for_next_try("cfw.example answered 503", seconds):
            inside.wait()
            leave.wait()

    threads = [threading.Thread(target=wait, args=(seconds,)) for seconds in (9, 4, 7)]
    for thread in threads:
        thread.start()
    inside.wait()
    assert waits.texts() == ["cfw.example answered 503, next try in 4 s"]
    leave.set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (Answer(503, {"error_msg": "busy, a-secret-key"}, {"Retry-After": "30"}), "127.0.0.1 answered 503, next try in "),
        (
            Answer(429, {"error_code": "APIG.0308", "error_msg": "policy user over ratelimit,limit:1,time:1 minute"}, {"Retry-After": "30"}),
            "throttled by 127.0.0.1 for ",
        ),
    ],
)
def test_session_says_what_it_waits_for(answer: Answer, shown: str) -> None:
    stop = threading.Event()
    with serve(lambda _asked: answer) as server:
        settings: dict[str, Any] = {"access_key": "AKAKAKAKAKAKAKAK1234", "secret_key": "a-secret-key", "region": "r", "endpoint": server.url}
        settings.update(auth_url=server.url, project_id="p1", timeout=5, retry_timeout=100)
        session = Session(resolve(settings, {}), settings, stop)
        assert session.waits() == []

        def ask() -> None:
            with pytest.raises(Interrupted):
                session.send("GET", session.base_url("cfw"), "/v1/p1/cfw/logs/flow", project_id="p1")

        thread = threading.Thread(target=ask)
        thread.start()
        deadline = time.monotonic() + LONG
        while not session.waits():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert [text[: len(shown)] for text in session.waits()] == [shown]
        stop.set()
        thread.join()
