# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make cloud`: what it prints is enough for the quick start's first questions, and Ctrl-C ends it."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from pathlib import Path

from examples import examples, files, missing_line

from playbook import TIMEOUT, Workplace

ROOT = Path(__file__).resolve().parents[2]
QUICK_START = ROOT / "docs" / "docsite" / "rst" / "quick_start.rst"


def test_the_first_questions_of_the_quick_start_are_answered_with_what_is_printed(tmp_path: Path) -> None:
    work = Workplace(tmp_path)
    (tmp_path / "first.yml").write_text(files(QUICK_START)["first.yml"])
    first = next(examples(QUICK_START))
    with subprocess.Popen([sys.executable, str(ROOT / "tests" / "cloud.py")], stdout=subprocess.PIPE, text=True) as cloud:
        try:
            assert cloud.stdout is not None
            exported = {}
            for line in cloud.stdout:
                if line.startswith("export "):
                    name, _equals, value = shlex.split(line)[1].partition("=")
                    exported[name] = value
                if "quick_start" in line:
                    break
            together = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
            done = subprocess.run(["bash", "-euc", first.text], cwd=tmp_path, env=work.environment(**exported), timeout=TIMEOUT, check=False, **together)
            cloud.send_signal(signal.SIGINT)
            ended = cloud.wait(TIMEOUT)
        finally:
            cloud.kill()
    assert done.returncode == 0, done.stdout
    assert missing_line(first.printed, done.stdout) is None, done.stdout
    assert ended == 0
