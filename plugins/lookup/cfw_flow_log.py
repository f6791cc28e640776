# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look up flow logs; the same query as the module cfw_flow_log_info."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cfw_flow_log
short_description: Look up the flow logs of firewalls
version_added: 0.1.0
description:
  - Queries the flow logs of instances of Huawei Cloud's Cloud Firewall (CFW), on the controller.
  - All pages are read, up to O(max_records) for each firewall. An answer that could not be made complete gives a warning.
  - Without any firewall, as with an empty list, nothing is asked for; the answer is an empty list, with a warning.
  - A lookup runs again each time its expression is used. Keep what it returns with M(ansible.builtin.set_fact), or use
    M(cloudaudit.huaweicloud.cfw_flow_log_info).
extends_documentation_fragment:
  - cloudaudit.huaweicloud.connection.plugin
  - cloudaudit.huaweicloud.flow_log_query.filters
options:
  _terms:
    description:
      - The IDs of the firewall instances.
      - Constraint. 1 to 64 letters, digits, hyphens and underscores each.
      - Source. "Querying Flow Logs", table "Query Parameters", C(fw_instance_id).
    type: list
    elements: str
    required: true
seealso:
  - module: cloudaudit.huaweicloud.cfw_flow_log_info
author:
  - The cloudaudit.huaweicloud contributors (@cloudaudit)
"""

EXAMPLES = r"""
- name: Who used SSH from the Internet in the last hour
  ansible.builtin.debug:
    msg: "{{ records | map(attribute='src_ip') | unique }}"
  vars:
    records: >-
      {{ query('cloudaudit.huaweicloud.cfw_flow_log', '2af58b7c-893c-4453-a984-bdd9b1bd6318',
               region='cn-north-4', log_type='internet', start_time='-1h', end_time='now', dst_port=22) }}

- name: The number of bytes in the last quarter of an hour, for each of two firewalls
  ansible.builtin.debug:
    msg: "{{ query('cloudaudit.huaweicloud.cfw_flow_log', *firewalls, log_type='internet', start_time='-15m', end_time='now',
                   max_records=0, query='sum(records[].bytes)') }}"
  vars:
    cloudaudit_huaweicloud_region: cn-north-4
    firewalls:
      - 2af58b7c-893c-4453-a984-bdd9b1bd6318
      - 7b1f0a52-0f7e-4f0a-9a8e-5f7c2f8f1c11
"""

RETURN = r"""
_raw:
  description:
    - The records of all firewalls, one after the other, as the service sent them.
    - With O(query) what it yields, one element for each firewall.
  type: list
  elements: raw
"""

import os
from functools import lru_cache
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.arguments import CONNECTION, connect
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.session import Session
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CloudAuditError, OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.flow_log_query import ask, incompleteness, prepare

display = Display()

_ALIASES = {alias for argument in CONNECTION.values() for alias in argument.get("aliases", ())}


class LookupModule(LookupBase):
    """The lookup; the query itself is module_utils/flow_log_query.py."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        self.set_options(var_options=variables, direct=kwargs)
        options = self.get_options()
        firewalls = self._flatten(terms)
        try:
            _refuse_unknown(kwargs, options)
            if not firewalls:
                display.warning("cloudaudit.huaweicloud.cfw_flow_log: No firewall was named, so nothing was asked for. Give the IDs of firewalls as terms.")
                return []
            queries = [prepare({**options, "fw_instance_id": firewall}) for firewall in firewalls]
            session = _session(os.getpid(), tuple((name, options[name]) for name in CONNECTION))
            answers = [ask(session, query) for query in queries]
        except CloudAuditError as error:
            raise AnsibleError(f"cloudaudit.huaweicloud.cfw_flow_log: {error}") from None
        found: list[Any] = []
        for firewall, answer in zip(firewalls, answers):
            warning = incompleteness(answer)
            if warning:
                display.warning(f"cloudaudit.huaweicloud.cfw_flow_log, firewall {firewall}: {warning}")
            found.extend(answer["records"] if "records" in answer else [answer["result"]])
        return found


@lru_cache(maxsize=16)
def _session(process: int, connection: tuple[tuple[str, Any], ...]) -> Session:
    """One session for the same options, so that a process asks for a token once only. In memory, never written.

    ``process`` is a part of the key because Ansible's workers are forks, and forks must not share connections.
    """
    return connect(dict(connection))


def _refuse_unknown(given: dict[str, Any], options: dict[str, Any]) -> None:
    """Ansible ignores options that a lookup does not have; a misspelt filter would return more than was asked for."""
    for name in given:
        if name not in options and name not in _ALIASES:
            raise OptionError(f"There is no option {name}.", f"Give some of {', '.join(sorted(options))}.", option=name, allowed=sorted(options))
