# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Open a report in Chromium and tell what happens; run by the Python of tests/parts/report.sh.

    python browser.py <report.html> [--pictures <folder>]

Prints JSON: for each look (width and colours) the requests, the console's messages, how far the page scrolls to the side, the
texts whose contrast is below AA, and whether a script ran. With --pictures each look is also two PNGs, of the whole page and of its first
screen (-top), and the print is a PDF.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

LOOKS = {"light": (1280, "light"), "dark": (1280, "dark"), "phone": (400, "light"), "phone-dark": (400, "dark")}

# Each element that has text of its own: its colour against the first background behind it that is not transparent (WCAG 2.2, 1.4.3).
LOW_CONTRAST = """() => {
  const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const rgba = text => text.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || element.closest('title')) continue;
    const style = getComputedStyle(element);
    const svg = element.namespaceURI.endsWith('svg');
    const a = luminance(rgba(svg ? style.fill : style.color)), b = luminance(behind(element));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) low.push(`${ratio.toFixed(2)} ${element.textContent.trim().slice(0, 40)}`);
  }
  return low;
}"""


def look(browser: Browser, page_url: str, width: int, colours: str, picture: Path | None) -> dict[str, Any]:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=colours)  # type: ignore[arg-type]
    page = context.new_page()
    told: dict[str, Any] = {"requests": [], "console": []}
    page.on("request", lambda request: told["requests"].append(request.url))
    page.on("console", lambda message: told["console"].append(message.text))
    page.on("pageerror", lambda error: told["console"].append(str(error)))
    page.on("dialog", lambda dialog: told["console"].append(f"dialog: {dialog.message}"))
    page.goto(page_url)
    told["sideways"] = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    told["low_contrast"] = page.evaluate(LOW_CONTRAST)
    told["text"] = page.inner_text("body")
    told["elements"] = page.evaluate("Object.fromEntries(['script', 'img', 'iframe', 'link', 'a'].map(n => [n, document.querySelectorAll(n).length]))")
    told["unnamed_pictures"] = page.evaluate("document.querySelectorAll('svg:not([aria-hidden]):not([aria-label])').length")
    if picture is not None:
        page.screenshot(path=str(picture), full_page=True)
        page.screenshot(path=str(picture.with_stem(f"{picture.stem}-top")))
    context.close()
    return told


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("report", type=Path)
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args()
    url = options.report.resolve().as_uri()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        pictures = options.pictures
        told = {name: look(browser, url, width, colours, pictures and pictures / f"{name}.png") for name, (width, colours) in LOOKS.items()}
        if pictures:
            page = browser.new_page()
            page.goto(url)
            page.pdf(path=str(pictures / "print.pdf"), prefer_css_page_size=True, print_background=True)
        browser.close()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
