# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the links of the built documentation that can be checked without a network.

    docs_links.py <folder of HTML> <checkout>

A link to a page or a place in one has to lead there, and a link to a file of this repository on GitHub to a file that exists. Links to
other sites are only counted. Exit status 1 when a link leads nowhere.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

REPOSITORY = "https://github.com/cloudaudit/cloudaudit.huaweicloud"
VIEWS = tuple(f"{REPOSITORY}/{view}/main/" for view in ("blob", "tree", "edit", "raw"))


class Page(HTMLParser):
    """The links of a page, and the places in it that links may name."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: set[str] = {""}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.places.add(value)
            elif name in ("href", "src") and value and tag != "link":
                self.links.append(value)


def fault(link: str, page: Path, pages: dict[Path, Page], checkout: Path) -> str:
    """What is wrong with a link of a page; empty when nothing is known to be."""
    parts = urlsplit(link)
    if link.startswith(VIEWS):
        file = parts.path.split("/main/", 1)[1]
        return "" if (checkout / unquote(file)).exists() else f"this repository has no {file}"
    if parts.scheme or parts.netloc:
        return ""
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.exists():
        return "no such page"
    known = target in pages and unquote(parts.fragment) not in pages[target].places
    return f"the page has no place {parts.fragment!r}" if known else ""


def main(html: Path, checkout: Path) -> int:
    pages = {path: Page(path) for path in html.resolve().rglob("*.html") if path.name not in ("search.html", "404.html")}
    faults = set()
    for path, page in pages.items():
        for link in page.links:
            why = fault(link, path, pages, checkout)
            if why:
                faults.add(f"{path.relative_to(html.resolve())}: {link}: {why}")
    for one in sorted(faults):
        print(one)
    print(f"{sum(len(page.links) for page in pages.values())} links on {len(pages)} pages, {len(faults)} of them lead nowhere")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
