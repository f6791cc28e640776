# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the documentation, taken out of its pages.

A comment before a code block says what the tests do with it:

    .. saved as NAME        the block becomes a file of this name, for later blocks
    .. run by the tests     tasks and plays (yaml) run with ansible-playbook, shell with bash
    .. printed              what the block before printed: these lines in this order; ... stands for anything

In Markdown the comments are <!-- run by the tests --> and so on.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_BLOCK = {
    ".rst": re.compile(r"^\.\. (run by the tests|printed|saved as (?P<name>\S+))\n\n\.\. code-block:: (?P<language>\S+)\n\n(?P<text>(?: {3,}.*\n|\n)+)", re.M),
    ".md": re.compile(r"^<!-- (run by the tests|printed|saved as (?P<name>\S+)) -->\n```(?P<language>\S+)\n(?P<text>.*?\n)```$", re.M | re.S),
}
_MARKER = re.compile(r"^(?:\.\. |<!-- )(?:run by the tests|printed|saved as \S+)(?: -->)?$", re.M)


class Block(NamedTuple):
    use: str  # "run by the tests", "printed" or "saved as NAME"
    name: str | None
    language: str
    text: str


class Example(NamedTuple):
    """What runs in one go, and the lines that it has to print."""

    language: str
    text: str
    printed: str


def blocks(page: Path) -> list[Block]:
    """The marked blocks of a page. A marker that no block follows is an error, not an example that nobody runs."""
    text = page.read_text(encoding="utf-8")
    found = [Block(block[1], block["name"], block["language"], textwrap.dedent(block["text"]).strip() + "\n") for block in _BLOCK[page.suffix].finditer(text)]
    marked = len(_MARKER.findall(text))
    if marked != len(found):
        raise ValueError(f"{page.name} has {marked} markers of examples, but only {len(found)} of them stand before a code block")
    return found


def files(page: Path) -> dict[str, str]:
    return {block.name: block.text for block in blocks(page) if block.name}


def examples(page: Path) -> Iterator[Example]:
    """What is to be run, in the page's order. Tasks that follow each other run in one play: one can use what another registered."""
    gathered: Example | None = None
    for block in blocks(page):
        if block.use == "printed":
            if gathered is None:
                raise ValueError(f"{page.name} shows what was printed before anything runs:\n{block.text}")
            gathered = gathered._replace(printed=gathered.printed + block.text)
        elif block.use == "run by the tests":
            if gathered and gathered.language == block.language == "yaml" and is_tasks(gathered.text) and is_tasks(block.text):
                gathered = gathered._replace(text=f"{gathered.text}\n{block.text}")
                continue
            if gathered:
                yield gathered
            gathered = Example(block.language, block.text, "")
    if gathered:
        yield gathered


def is_tasks(text: str) -> bool:
    return not re.search(r"^(- |  )hosts:", text, re.M)


def missing_line(wanted: str, output: str) -> str | None:
    """The first line of C{wanted} that the output does not have after the one before; blanks count as one."""
    lines = iter(" ".join(line.split()) for line in output.splitlines())
    for line in wanted.splitlines():
        parts = [re.escape(part) for part in " ".join(line.split()).split("...")]
        pattern = re.compile(".*".join(parts))
        if parts != [""] and not any(pattern.search(printed) for printed in lines):
            return line
    return None
