# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter flow_log_report_view, for templates of one's own: texts that others chose can't become markup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.cloudaudit.huaweicloud.plugins.filter.flow_log_report_view import FilterModule
from prepared import HOUR, INTERNET, MIDNIGHT, Prepared

pytestmark = pytest.mark.quick
flow_log_report_view = FilterModule().filters()["flow_log_report_view"]
NAME = """<script>alert("1")</script> & 'co'"""


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) else []


def test_every_text_but_the_style_is_escaped(tmp_path: Path) -> None:
    made = Prepared(tmp_path / "archive")
    begin = MIDNIGHT - 240 * HOUR
    made.commit(INTERNET, [(begin, begin + 24 * HOUR)], begin + 30 * HOUR, firewall={"name": NAME, "status": 2})
    view = flow_log_report_view(made.ask(start_time=str(begin), end_time=str(begin + 30 * HOUR)), "b > i { color: red }")
    assert view.pop("style") == "b > i { color: red }"
    assert view["firewalls"][0]["name"] == "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#x27;co&#x27;"
    assert not [text for text in texts(view) if set(text) & set("<>\"'")]


@pytest.mark.parametrize("given", [{"format": "other"}, {}, "text", None])
def test_what_is_no_audit_is_refused_with_what_to_give(given: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"flow_log_report_view: this is not an audit of the format .* Give what audit.json holds"):
        flow_log_report_view(given)
