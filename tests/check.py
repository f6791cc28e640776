# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every check there is, in turn, also after a failure; at the end a table of what passed, what failed, how long it took, and where its output is kept."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from checkout import ROOT

STEPS = ("test", "lint", "cores", "test-long")  # of the Makefile


def run(step: str, folder: Path, log: Path) -> int:
    """Run a step, show what it prints, keep that, and return the exit status."""
    command = ["make", "--no-print-directory", step]
    with log.open("wb") as kept, subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout
        for line in process.stdout:
            kept.write(line)
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
    return process.returncode


def main(folder: Path, steps: tuple[str, ...]) -> int:
    """Run the steps of the folder's Makefile, and return the exit status."""
    logs = folder / ".cache" / "check"
    logs.mkdir(parents=True, exist_ok=True)
    rows = []
    failed = 0
    for step in steps:
        log = logs / f"{step}.log"
        print(f"\n==== make {step}", flush=True)
        started = time.monotonic()
        bad = run(step, folder, log) != 0
        failed += bad
        rows.append(f"{'FAILED' if bad else 'ok':6} make {step:10} {time.monotonic() - started:7.0f} s  {log.relative_to(folder)}")
    print("", *rows, f"{len(steps) - failed} passed, {failed} failed", sep="\n", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(ROOT, STEPS))
