# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages don't speak of what is not there: messages, files of this repository, pages of the table of contents."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
RST = ROOT / "docs" / "docsite" / "rst"
REPOSITORY = "https://github.com/cloudaudit/cloudaudit.huaweicloud"
READ_ON_GITHUB = [ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("README*.md")), *sorted(ROOT.glob("roles/*/README.md")), *sorted(RST.glob("*.rst"))]
HOLE = "\0"  # what a message is filled with


def _texts(source: Path) -> list[str]:
    """The texts of a program, with a hole for each value that is put in."""
    texts = []
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            texts.append("".join(part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else HOLE for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.append(node.value)
    return texts


def messages() -> list[str]:
    """What the troubleshooting page explains: the terms of its lists."""
    page = (RST / "troubleshooting.rst").read_text(encoding="utf-8")
    return re.findall(r"^``(.+?)``(?: with ``\d+``)?$", page, re.M)


@pytest.fixture(scope="module")
def code() -> list[str]:
    """The texts of all plugins, and of the roles' templates, which hold the roles' messages."""
    templates = [re.sub(r"\{\{.*?\}\}", HOLE, path.read_text(encoding="utf-8")) for path in sorted((ROOT / "roles").glob("*/templates/*.j2"))]
    return [text for source in sorted((ROOT / "plugins").rglob("*.py")) for text in _texts(source)] + templates


@pytest.mark.parametrize("message", messages())
def test_the_code_has_each_message_that_is_explained(message: str, code: list[str]) -> None:
    """Each part of it between two holes, in order, in texts of which one follows the other in the same program."""
    parts = [part.strip() for part in message.split("...") if part.strip(" :(")]
    pattern = re.compile(".*".join(re.escape(part) for part in parts), re.S)
    assert any(pattern.search(text) for text in code) or all(any(part in text for text in code) for part in parts)


def test_there_are_messages() -> None:
    assert len(messages()) > 25


@pytest.mark.parametrize("page", READ_ON_GITHUB, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_to_this_repository_lead_to_files(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    raw = REPOSITORY.replace("github.com", "raw.githubusercontent.com")
    linked = re.findall(rf"(?:{re.escape(REPOSITORY)}/(?:blob|tree|raw|edit)|{re.escape(raw)})/main/([^\s)>#\"'`]+)", text)
    assert [path for path in linked if not (ROOT / path).exists()] == []


# What both languages of the README have in common, in this order.
SHARED: dict[str, Callable[[str], list[str]]] = {
    "code blocks": lambda text: re.findall(r"^```.*?^```$", text, re.M | re.S),
    "comments": lambda text: re.findall(r"<!--.*?-->", text, re.S),
    "levels of headings": lambda text: re.findall(r"^(#+) ", text, re.M),
    "names in tables": lambda text: [str(sorted(re.findall(r"`[^`]+`|[\d.]+", line))) for line in text.splitlines() if line.startswith("|")],
    "addresses": lambda text: re.findall(r"\]\((https://[^)]+)\)", text),
    "names and commands": lambda text: sorted(set(re.findall(r"`([\w.=*/ '-]*[a-z]_[\w.=*/ '-]*|make [^`]+|[\w.]*\.py|changed=\d)`", text))),
}


@pytest.mark.parametrize("what", SHARED)
def test_both_languages_of_the_readme_say_the_same(what: str) -> None:
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
    assert SHARED[what](english)
    assert SHARED[what](chinese) == SHARED[what](english)


def test_the_table_of_contents_has_every_page() -> None:
    sections = yaml.safe_load((RST.parent / "extra-docs.yml").read_text(encoding="utf-8"))["sections"]
    listed = [page for section in sections for page in section["toctree"]]
    assert sorted(listed) == sorted(path.stem for path in RST.glob("*.rst"))


def test_the_readme_of_the_role_names_all_its_variables() -> None:
    role = ROOT / "roles" / "cfw_flow_log_archive"
    readme = (role / "README.md").read_text(encoding="utf-8")
    variables = yaml.safe_load((role / "defaults" / "main.yml").read_text(encoding="utf-8"))
    assert variables
    assert [name for name in variables if f"`..._{name.removeprefix('cfw_flow_log_archive_')}`" not in readme] == []
