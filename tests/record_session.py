# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record a collection of about two minutes in a real terminal, against the simulated cloud, for the documentation.

Writes docs/sessions/collecting.cast, which asciinema plays, and puts an excerpt of it into docs/docsite/rst/progress.rst. The
recording is what was shown, but for two folders: the temporary home is shown as ~, and the collection where it usually is.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from checkout import COLLECTIONS, ROOT, TREE, environment
from terminal import COLUMNS, ROWS, Shown, Terminal

CAST = ROOT / "docs" / "sessions" / "collecting.cast"
PAGE = ROOT / "docs" / "docsite" / "rst" / "progress.rst"
BEGIN, END = (f".. {word} of the recorded session, made by make session\n" for word in ("begin", "end"))
TYPED = "ansible-playbook cloudaudit.huaweicloud.archive -e @settings.yml"
HOUR = 3_600_000
DAY = 24 * HOUR
START_TIMEOUT = 60  # seconds
LONGEST = 600  # seconds
LINES_SHOWN = (4, 3)  # of a task's progress in the excerpt: the first ones, the last ones
SUMMARY = "Show what was archived"  # the task that says what came of it
WORLD = {
    "now": int(time.time() * 1000) // HOUR * HOUR,
    "clock": "real",
    "days": 2,
    "projects": [
        {
            "name": "cn-north-4_shop",
            "firewalls": [
                {"name": "edge", "log_types": {"internet": 240_000, "vpc": 60_000, "nat": 20_000}},
                {"name": "office", "log_types": {"internet": 90_000, "vpc": 30_000}},
            ],
        },
        {"name": "cn-north-4_bank", "firewalls": [{"name": "branch", "log_types": {"internet": 50_000, "vpc": 10_000}}]},
    ],
}
SERVICE = ("latency_ms=200", "latency_jitter_ms=100", "rate_limit=5", "error_rate=0.01")
COLORS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def simulator(folder: Path) -> tuple[subprocess.Popen[bytes], dict[str, str]]:
    """Start the simulated cloud; how to reach it."""
    ready = folder / "ready.json"
    command = [sys.executable, str(TREE / "tests" / "simulator"), "--ready-file", str(ready), "--world", json.dumps(WORLD), "--exit-with-parent"]
    for switch in SERVICE:
        command += ["--switch", switch]
    process = subprocess.Popen(command, env=environment())
    deadline = time.monotonic() + START_TIMEOUT
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"tests/record_session.py: the simulated cloud did not start within {START_TIMEOUT} s (see its message above)")
        time.sleep(0.1)
    return process, json.loads(ready.read_text(encoding="utf-8"))


def record(home: Path, cloud: dict[str, str]) -> list[Shown]:
    """What the terminal shows of the collection. Ends the program when it fails."""
    settings = {
        "cfw_flow_log_archive_path": str(home / "cfw-archive"),
        "cfw_flow_log_archive_start_time": str(WORLD["now"] - 2 * DAY),  # type: ignore[operator]
        "cfw_flow_log_archive_end_time": str(WORLD["now"]),
        "cfw_flow_log_archive_settle": "0",
        "cfw_flow_log_archive_verify": "data",
        "cloudaudit_huaweicloud_connection": {"endpoint": cloud["url"], "auth_url": cloud["url"]},
    }
    (home / "settings.yml").write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML
    env = {
        **environment(),
        "HOME": str(home),
        "TMPDIR": str(home),
        "TERM": "xterm-256color",
        "HW_ACCESS_KEY": cloud["access_key"],
        "HW_SECRET_KEY": cloud["secret_key"],
        "HW_REGION_NAME": cloud["region"],
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
    }
    terminal = Terminal(TYPED.split(), env, home)
    if terminal.finish(LONGEST):
        sys.exit(f"tests/record_session.py: the collection failed:\n{terminal.text}")
    shown = [Shown(at, text.replace(str(home), "~").replace(str(COLLECTIONS), "~/.ansible/collections")) for at, text in terminal.shown]
    for secret in (cloud["access_key"], cloud["secret_key"], cloud["password"]):
        if secret in terminal.text:
            sys.exit("tests/record_session.py: a secret was shown; nothing was written")
    return [Shown(0.0, f"$ {TYPED}\r\n"), *shown]


def cast(shown: Iterable[Shown]) -> Iterator[str]:
    """The recording in version 2 of asciinema's format: a line of JSON for the terminal, and one for each output."""
    yield json.dumps({"version": 2, "width": COLUMNS, "height": ROWS, "title": "Collecting flow logs", "env": {"TERM": "xterm-256color"}})
    for at, text in shown:
        yield json.dumps([round(at, 3), "o", text])


def excerpt(shown: Iterable[Shown]) -> list[str]:
    """The recording as text, without colors: the tasks that took long, each with some of its lines of progress, and what came of it all."""
    lines = COLORS.sub("", "".join(one.text for one in shown)).replace("\r", "").splitlines()
    headings = [number for number, line in enumerate(lines) if line.startswith(("$ ", "PLAY", "TASK"))]
    kept: list[str] = []
    for start, end in zip(headings, [*headings[1:], len(lines)]):
        block = [line.rstrip() for line in lines[start:end] if line.strip()]
        progress = [number for number, line in enumerate(block) if line.startswith("progress:")]
        if not (progress or block[0].startswith(("$ ", "PLAY RECAP")) or SUMMARY in block[0]):
            continue
        left_out = set(progress[LINES_SHOWN[0]:-LINES_SHOWN[1]])
        kept += ["", *("..." if number in left_out else line for number, line in enumerate(block) if number not in left_out or number - 1 not in left_out)]
    return kept[1:]


def write(shown: list[Shown]) -> None:
    CAST.parent.mkdir(exist_ok=True)
    CAST.write_text("".join(line + "\n" for line in cast(shown)), encoding="utf-8")
    before, _begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _old, _end, after = rest.partition(END)
    text = "".join(f"    {line}".rstrip() + "\n" for line in excerpt(shown))
    PAGE.write_text(f"{before}{BEGIN}\n.. code-block:: text\n\n{text.rstrip()}\n\n{END}{after}", encoding="utf-8")
    print(f"{CAST.relative_to(ROOT)} and {PAGE.relative_to(ROOT)}: {shown[-1].at:.0f} s")


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_received: sys.exit(1))  # so that the simulated cloud is ended, too
    with tempfile.TemporaryDirectory(prefix="session-") as folder:
        home = Path(os.path.realpath(folder)) / "home"
        home.mkdir()
        process, cloud = simulator(home.parent)
        try:
            shown = record(home, cloud)
        finally:
            process.terminate()
            process.wait()
    write(shown)
    return 0


if __name__ == "__main__":
    sys.exit(main())
