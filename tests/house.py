# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rooms of the collection, which of them may know which, and what the code says: data flow one way.

    tests/house.py      draws docs/images/house.svg from the imports in plugins
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parents[1]
PLUGINS = PROJECT / "plugins"
PICTURE = PROJECT / "docs" / "images" / "house.svg"
PREFIX = "ansible_collections.cloudaudit.huaweicloud.plugins"


class Room(NamedTuple):
    """A room is files or folders below plugins; `knows` are the rooms that it may import, beside the ground that all stand on."""

    paths: tuple[str, ...]
    what: str
    knows: tuple[str, ...]


# From the doors down. A room may only know rooms below it.
ROOMS = {
    "doors": Room(
        ("modules", "lookup", "inventory", "filter", "action", "plugin_utils"),
        "options in, messages out; only they know Ansible",
        ("reception", "audit", "verify", "archive", "store", "encoding", "siem", "firewalls", "cfw", "cloud"),
    ),
    "reception": Room(
        ("module_utils/*.py",),
        "what several doors do alike: checked options, results",
        ("audit", "verify", "archive", "store", "encoding", "firewalls", "cfw", "cloud"),
    ),
    "audit": Room(
        ("module_utils/audit",), "what an archive shows, and the report of it", ("verify", "archive", "store", "encoding", "firewalls", "cfw", "cloud")
    ),
    "verify": Room(("module_utils/verify",), "whether an archive is what was committed", ("archive", "store", "encoding")),
    "archive": Room(("module_utils/archive",), "windows, commits, signatures, days, forecasts", ("store", "encoding", "cfw", "cloud")),
    "encoding": Room(("module_utils/encoding",), "records as files, and files as records", ()),
    "store": Room(("module_utils/store",), "folder or object store, and where in it things lie", ()),
    "siem": Room(("module_utils/siem",), "records in the schemas of others", ("cfw",)),
    "firewalls": Room(("module_utils/firewalls.py",), "what a firewall is, in all results alike", ("cfw",)),
    "cfw": Room(("module_utils/cfw",), "the firewall service: parameters, pages, the collector", ("cloud",)),
    "cloud": Room(("module_utils/cloud",), "credentials, signatures, sessions, pace", ()),
    "ground": Room(
        ("module_utils/errors.py", "module_utils/progress.py", "module_utils/version.py"),
        "known to all, knows none: it has no arrows here",
        (),
    ),
}
RELEASE = "ansible.module_utils.ansible_release"  # which version of ansible-core runs, to be stated as evidence; no door


class Import(NamedTuple):
    source: Path
    room: str
    target: str  # a room, or what else of this collection or of Ansible is imported


def room_of(path: Path) -> str:
    """The room of a file below plugins; a file beats a folder, and reception has what is nobody's."""
    name = path.relative_to(PLUGINS).as_posix()
    for room, (paths, _what, _knows) in ROOMS.items():
        if name in paths:
            return room
    for room, (paths, _what, _knows) in ROOMS.items():
        if any(name.startswith(f"{folder}/") for folder in paths):
            return room
    if path.parent == PLUGINS / "module_utils":
        return "reception"
    raise LookupError(f"plugins/{name} is in no room of tests/house.py")


def _modules(source: Path) -> Iterator[str]:
    """What a program imports when it runs: types that only a checker looks at build no way between rooms."""
    waiting: list[ast.AST] = [ast.parse(source.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        waiting.extend(ast.iter_child_nodes(node))
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def _file(module: str) -> Path | None:
    """The file of a module of this collection; the last part may be a name in it."""
    path = PLUGINS.joinpath(*module[len(PREFIX) + 1 :].split("."))
    return next((found for found in (path.with_suffix(".py"), path.parent.with_suffix(".py")) if found.is_file()), None)


def imports() -> list[Import]:
    """All imports of this collection's own code, and of Ansible."""
    found = []
    for source in sorted(PLUGINS.rglob("*.py")):
        if source.parent.name == "doc_fragments":  # documentation, no code
            continue
        for module in _modules(source):
            if module.startswith(f"{PREFIX}."):
                file = _file(module)
                found.append(Import(source, room_of(source), room_of(file) if file else module))
            elif module.startswith("ansible."):
                found.append(Import(source, room_of(source), module))
    return found


def trespasses() -> list[str]:
    """Imports that no room may have, each as one line."""
    faults = []
    for source, room, target in imports():
        if target in ROOMS:
            allowed = target in (room, "ground", *ROOMS[room].knows)
        else:
            allowed = room == "doors" or target.startswith(RELEASE)
        if not allowed:
            faults.append(f"{source.relative_to(PROJECT)} ({room}) must not know {target}")
    return faults


# The picture: rooms from top to bottom, an arrow for each pair of which one imports the other. Who imports the next room below has a straight arrow.
WIDTH, BOX, HEIGHT, GAP, LEFT = 880, 560, 50, 22, 160
INK, PAPER, LINE = "#16202a", "#ffffff", "#3f6f9f"


def picture() -> str:
    names = list(ROOMS)
    edges = sorted({(one.room, one.target) for one in imports() if one.target in ROOMS and one.target not in (one.room, "ground")})
    top = {name: 12 + number * (HEIGHT + GAP) for number, name in enumerate(names)}
    parts = [_arrow(top, names.index(a), names.index(b), a, b) for a, b in edges]
    for name, (paths, what, _knows) in ROOMS.items():
        y = top[name]
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{BOX}" height="{HEIGHT}" rx="6" fill="{PAPER}" stroke="{INK}"/>')
        parts.append(f'<text x="{LEFT + 12}" y="{y + 20}"><tspan font-weight="700">{name}</tspan> {escape(", ".join(paths))}</text>')
        parts.append(f'<text x="{LEFT + 12}" y="{y + 39}" fill="#4d5a68">{escape(what)}</text>')
    height = 12 + len(names) * (HEIGHT + GAP)
    return (
        # The notice is in two parts, as it is not this file's own.
        "<!--\nSPDX-FileCopyrightText: 2026 the cloudaudit.huaweicloud contributors\nSPDX-License" "-Identifier: GPL-3.0-or-later\n-->\n"
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        'aria-label="The rooms of the collection, and which imports which">\n'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 8 4 0 8z" fill="{LINE}"/></marker></defs>\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#f4f6f8"/>\n<g font-family="system-ui, \'DejaVu Sans\', sans-serif" font-size="12" fill="{INK}">\n'
        + "\n".join(parts)
        + "\n</g>\n</svg>\n"
    )


def _arrow(top: dict[str, int], first: int, last: int, a: str, b: str) -> str:
    title = f"<title>{a} knows {b}</title>"
    style = f'fill="none" stroke="{LINE}" stroke-width="1.3" marker-end="url(#tip)"'
    if last == first + 1:
        x = LEFT + BOX // 2
        return f'<path d="M{x} {top[a] + HEIGHT}V{top[b]}" {style}>{title}</path>'
    right = first > 1  # the two upper rooms know most others: their arrows run on the left
    edge, side = (LEFT + BOX, 1) if right else (LEFT, -1)
    out = edge + side * (18 + 19 * (last - first))
    start, end = top[a] + HEIGHT // 2 + 3 * (last - first), top[b] + HEIGHT // 2 - 3 * (last - first)
    return f'<path d="M{edge} {start}C{out} {start} {out} {end} {edge} {end}" {style}>{title}</path>'


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
