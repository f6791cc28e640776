# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many workers, one screen."""

from __future__ import annotations

import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ansible_collections.cloudaudit.huaweicloud.plugins.plugin_utils.turns import Turns


def test_one_turn_in_the_time_however_many_ask(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _number: Turns(str(tmp_path)).take(100), range(40)))
    assert taken.count(True) == 1
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_next_turn_comes_when_the_time_is_over(tmp_path: Path, monkeypatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    turns = Turns(str(tmp_path))
    assert turns.take(5)
    now[0] += 4.9
    assert not turns.take(5)
    now[0] += 0.2
    assert turns.take(5)
    now[0] -= 3600  # a clock that was set back does not silence the screen
    assert turns.take(5)
