# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page for people, made by the real playbook, in a real browser: it asks for nothing, runs nothing, fits, and can be read."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import prepared
import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from prepared import INTERNET, OTHER, Prepared, firewalls

from playbook import Run, Workplace

NAME = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"
EVIL = NAME + "{{ 'a' * 9 }}{% raw %}"  # in what the service sent; a user's variable may be a template


@pytest.fixture
def archive(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eighteen days until today, with a lost day; all texts that others choose are hostile."""
    midnight = int(time.time() * 1000) // DAY_MS * DAY_MS
    monkeypatch.setattr(prepared, "MIDNIGHT", midnight)
    monkeypatch.setattr(prepared, "NOW", midnight + 1)
    made = Prepared(workplace.folder / "archive")
    plain = prepared.record

    def hostile(start: int, log_id: str) -> Any:
        one = plain(start, log_id)
        body = {**json.loads(one.raw), "dst_host": EVIL, "app": EVIL, "src_ip": EVIL}
        return one._replace(raw=json.dumps(body).encode())

    monkeypatch.setattr(prepared, "record", hostile)
    made.daily(days=18, leave=((midnight - 15 * DAY_MS, midnight - 14 * DAY_MS),), until=midnight + 1, firewall={"name": EVIL, "status": 2})
    return made.folder


def audited(workplace: Workplace, archive: Path, **more: Any) -> Run:
    given = {
        "path": str(archive),
        "report_path": str(workplace.folder / "report"),
        "firewalls": [{**one, "name": NAME} for one in firewalls(INTERNET, OTHER)],
        "log_types": ["internet"],
        "audit_fail_from": "never",
        "retention": [{"name": "pci-dss-4"}],
        **more,
    }
    return workplace.play("cloudaudit.huaweicloud.audit", {f"cfw_flow_log_archive_{name}": value for name, value in given.items()})


@pytest.mark.quick
def test_findings_from_a_severity_on_fail_the_play_after_the_report_was_written(workplace: Workplace, archive: Path) -> None:
    run = audited(workplace, archive, audit_fail_from="error")
    assert run.code == 2, run.output
    report = workplace.folder / "report" / "report.html"
    assert report.stat().st_mode & 0o777 == 0o600
    assert str(report) in run.task("Fail when findings are heavy enough").result["msg"]
    text = report.read_text()
    assert "<script" not in text and "<img" not in text and "aaaaaaaaa" not in text
    assert "&lt;script&gt;alert(1)" in text and "{{ &#x27;a&#x27; * 9 }}" in text


def test_the_page_in_a_browser(workplace: Workplace, archive: Path, part: Path) -> None:
    run = audited(workplace, archive)
    assert run.code == 0, run.output
    report = workplace.folder / "report" / "report.html"
    browser = Path(__file__).with_name("browser.py")
    done = subprocess.run([str(part), str(browser), str(report)], capture_output=True, text=True, check=True)
    for name, look in json.loads(done.stdout).items():
        assert look["requests"] == [report.as_uri()], name
        assert look["console"] == [], name
        assert look["sideways"] <= 0, name
        assert look["low_contrast"] == [], name
        assert look["unnamed_pictures"] == 0, name
        assert look["elements"] == {"script": 0, "img": 0, "iframe": 0, "link": 0, "a": 1}, name
        for text in ("Failed", "1 day were never collected", "pci-dss-4: not met", "never archived", "Limits"):
            assert text in look["text"], (name, text)
