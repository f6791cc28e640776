# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the pictures of README and documentation, docs/images: the house (tests/house.py), what the demonstration prints, and the report that
it writes.

    tests/pictures.py

The demonstration runs anew in a terminal of its own, as `make demo` does. Needs what tests/parts/report.sh installs (Chromium).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

import house
from checkout import ROOT
from demo import REPORT, STATE
from terminal import COLUMNS, Terminal

IMAGES = ROOT / "docs" / "images"
PART = ROOT / ".cache" / "parts" / "report" / "bin" / "python"
HOME = "~/cloudaudit.huaweicloud"  # what the pictures call the clone, wherever it is
LONGEST = 1800  # seconds that the demonstration may take
LINE, CHARACTER, MARGIN = 18, 7.83, 14  # pixels; DejaVu Sans Mono and its like at 13 pixels
FIRST, LAST = "Summary | Show what was archived", "Heads, to be kept elsewhere"  # the part of the output that is shown
COLOURS = {"31": "#ff8080", "32": "#7ddc9a", "33": "#e7c35c", "34": "#8bbcf0", "35": "#d59af0", "36": "#6fd3d3", "90": "#8d9cad"}
# The notice is in two parts, as it is not this file's own.
HEADER = "<!--\nSPDX-FileCopyrightText: 2026 the cloudaudit.huaweicloud contributors\nSPDX-License" + "-Identifier: GPL-3.0-or-later\n-->\n"
NO_BREAK = "\u00a0"  # blanks in a row would be drawn as one
_SGR = re.compile(r"\x1b\[([\d;]*)m")
_OTHER_CONTROLS = re.compile(r"\x1b\[[\d;?]*[A-Za-ln-z]|\r")


def recorded() -> str:
    """All that the demonstration prints, colours included, with its report left behind."""
    shutil.rmtree(STATE, ignore_errors=True)
    terminal = Terminal([sys.executable, str(ROOT / "tests" / "demo.py")], os.environ, ROOT)
    if terminal.finish(LONGEST):
        sys.exit(f"tests/pictures.py: the demonstration failed:\n{terminal.text}")
    return _OTHER_CONTROLS.sub("", terminal.text).replace(str(ROOT), HOME)


def shown(printed: str) -> list[str]:
    """The lines from the summary on to the first of the heads, wrapped as a terminal does."""
    lines = printed.splitlines()
    first = next(number for number, line in enumerate(lines) if FIRST in line)
    last = next(number for number, line in enumerate(lines) if LAST in line and number > first) + 1
    wrapped = []
    for line in lines[first : last + 1]:
        pieces, width = [""], 0
        for part in re.split(r"(\x1b\[[\d;]*m)", line):
            if _SGR.fullmatch(part):
                pieces[-1] += part
                continue
            for character in part:
                if width == COLUMNS:
                    pieces.append("")
                    width = 0
                pieces[-1] += character
                width += 1
        wrapped += pieces
    return [*wrapped, "\x1b[90m...\x1b[0m"]


def drawn(lines: list[str]) -> str:
    """The lines as a picture of a terminal."""
    width, height = round(COLUMNS * CHARACTER + 2 * MARGIN), (len(lines) + 2) * LINE + 2 * MARGIN
    rows = []
    colour = None
    for number, line in enumerate(["\x1b[90m$\x1b[0m make demo", "\x1b[90m...\x1b[0m", *lines]):
        spans, at = "", 0
        for mark in [*_SGR.finditer(line), None]:
            text = line[at : mark.start() if mark else len(line)].replace(" ", NO_BREAK)
            if text:
                spans += f'<tspan fill="{colour}">{escape(text)}</tspan>' if colour else escape(text)
            if mark:
                at = mark.end()
                colour = next((COLOURS[code] for code in mark[1].split(";") if code in COLOURS), None)
        rows.append(f'<text x="{MARGIN}" y="{MARGIN + (number + 1) * LINE - 4}">{spans}</text>')
    return (
        f'{HEADER}<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        'aria-label="What make demo prints at its end">\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="#10161d"/>\n'
        '<g font-family="ui-monospace, \'DejaVu Sans Mono\', Menlo, Consolas, monospace" font-size="13" fill="#e7ebef">\n'
        + "\n".join(rows)
        + "\n</g>\n</svg>\n"
    )


def main() -> None:
    subprocess.run([ROOT / "tests" / "parts" / "report.sh"], check=True)
    IMAGES.mkdir(exist_ok=True)
    house.PICTURE.write_text(house.picture(), encoding="utf-8")
    (IMAGES / "terminal.svg").write_text(drawn(shown(recorded())), encoding="utf-8")
    page = (REPORT / "report.html").read_text(encoding="utf-8").replace(str(ROOT), HOME)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.html"
        report.write_text(page, encoding="utf-8")
        browser = ROOT / "tests" / "report_tests" / "browser.py"
        subprocess.run([PART, browser, report, "--pictures", folder], check=True, stdout=subprocess.DEVNULL)
        for look in ("light", "dark", "phone"):
            shutil.copyfile(Path(folder) / f"{look}-top.png", IMAGES / f"report-{look}.png")
    for picture in sorted(IMAGES.iterdir()):
        print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
