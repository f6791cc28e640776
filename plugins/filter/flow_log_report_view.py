# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter flow_log_report_view; the preparing itself is module_utils/audit/view.py."""

from __future__ import annotations

DOCUMENTATION = r"""
name: flow_log_report_view
short_description: What the report of an audit shows
version_added: 0.1.0
description:
  - Turns the audit that M(cloudaudit.huaweicloud.cfw_flow_log_report) wrote into what a template of a report places - every number as text,
    and every picture as geometry.
  - All texts are escaped for HTML, since others chose them (names of firewalls, values in logs), and a template of Ansible escapes nothing.
  - The role P(cloudaudit.huaweicloud.cfw_flow_log_archive#role) writes its report with it. It is here for templates of your own.
positional: _input, style
options:
  _input:
    description:
      - The audit, as it is in C(audit.json).
    type: dict
    required: true
  style:
    description:
      - The style sheet that the report embeds. Its hash is returned beside it, for the report's content security policy.
    type: str
    default: ""
author:
  - The cloudaudit.huaweicloud contributors (@cloudaudit)
"""

EXAMPLES = r"""
- name: A report of one line
  ansible.builtin.debug:
    msg: "{{ view.verdict.word }}: {{ view.verdict.sentence }}"
  vars:
    view: "{{ lookup('ansible.builtin.file', '/srv/report/audit.json') | from_json | cloudaudit.huaweicloud.flow_log_report_view }}"
"""

RETURN = r"""
_value:
  description:
    - The view.
  type: dict
"""

import html
from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.audit import FORMAT
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.view import view


def flow_log_report_view(audit: Any, style: str = "") -> dict[str, Any]:
    found = audit.get("format") if isinstance(audit, Mapping) else None
    if found != FORMAT:
        raise AnsibleFilterError(f"cloudaudit.huaweicloud.flow_log_report_view: this is not an audit of the format {FORMAT}. Give what audit.json holds.")
    return {**_escaped(view(audit, style)), "style": style}


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return html.escape(value, quote=True)
    if isinstance(value, dict):
        return {key: _escaped(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    return value


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"flow_log_report_view": flow_log_report_view}
