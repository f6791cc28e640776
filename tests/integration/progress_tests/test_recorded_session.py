# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session in the documentation is the recording, and gives nothing away."""

from __future__ import annotations

import json

from record_session import BEGIN, CAST, END, PAGE, excerpt
from terminal import Shown


def recording() -> list[Shown]:
    lines = [json.loads(line) for line in CAST.read_text(encoding="utf-8").splitlines()]
    assert lines[0]["version"] == 2
    assert {kind for _at, kind, _text in lines[1:]} == {"o"}
    return [Shown(at, text) for at, _kind, text in lines[1:]]


def test_page_shows_an_excerpt_of_the_recording() -> None:
    page = PAGE.read_text(encoding="utf-8")
    shown = page[page.index(BEGIN):page.index(END)]
    for line in excerpt(recording()):
        assert line in shown
    assert shown.count("progress:") > 6


def test_recording_tells_nothing_of_the_machine() -> None:
    text = "".join(one.text for one in recording())
    assert recording()[-1].at > 100  # about two minutes
    for word in ("/tmp", "/home", "/root", "Traceback", "secret", "password"):
        assert word not in text
