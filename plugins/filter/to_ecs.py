# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter to_ecs; the mapping itself is module_utils/siem/ecs.py."""

from __future__ import annotations

DOCUMENTATION = r"""
name: to_ecs
short_description: Flow logs as documents of the Elastic Common Schema
version_added: 0.1.0
description:
  - Turns records of Huawei Cloud's Cloud Firewall (CFW) into documents of the Elastic Common Schema (ECS), for Elasticsearch and others.
  - The documents say which version of the schema they follow, C(ecs.version), at present 9.4.0.
  - Nothing is lost. What has no place in the schema, or not exactly, is below C(huawei.cfw) as the service sent it. So a fractional C(bytes) is
    there and not in C(network.bytes), because the schema has whole numbers only, and C(direction), C(protocol) and C(app) are there
    beside their mapping.
  - Nothing is made up. Flow logs tell what passed the firewall, not what it decided, so C(event.type) says neither allowed nor denied.
  - C(out2in) becomes inbound, C(in2out) outbound, and everything of the type V(vpc) internal. C(@timestamp) is the end of the session.
  - The service does not tell how its counts divide between the two sides, hence C(network.bytes), and never C(source.bytes).
positional: _input, firewall, log_type
options:
  _input:
    description:
      - A record, or a list of records, for example RV(cloudaudit.huaweicloud.cfw_flow_log_info#module:records).
    type: raw
    required: true
  firewall:
    description:
      - The firewall that the records are of, for example one of RV(cloudaudit.huaweicloud.cfw_firewall_info#module:firewalls), or the
        variable C(cfw_firewall) of the inventory P(cloudaudit.huaweicloud.cfw_firewall#inventory).
      - Its C(fw_instance_id), C(name), C(project_id), C(project_name) and C(region) are used, as far as they are there.
    type: dict
  log_type:
    description:
      - The type of the logs that was asked for. The service's records don't tell.
    type: str
    choices: [internet, vpc, nat, vgw]
seealso:
  - plugin: cloudaudit.huaweicloud.to_ocsf
    plugin_type: filter
  - name: ECS field reference
    description: The fields of the schema.
    link: https://www.elastic.co/docs/reference/ecs/ecs-field-reference
author:
  - The cloudaudit.huaweicloud contributors (@cloudaudit)
"""

EXAMPLES = r"""
- name: The flow logs of the last hour
  cloudaudit.huaweicloud.cfw_flow_log_info:
    region: cn-north-4
    fw_instance_id: 2af58b7c-893c-4453-a984-bdd9b1bd6318
    log_type: internet
    start_time: -1h
    end_time: now
  register: flows

- name: Write them for Elasticsearch's bulk interface
  ansible.builtin.copy:
    content: |
      {% for document in flows.records | cloudaudit.huaweicloud.to_ecs(log_type='internet') %}
      {"create": {"_id": {{ document.event.id | to_json }}}}
      {{ document | to_json }}
      {% endfor %}
    dest: /srv/siem/cfw.bulk.jsonl
    mode: "0600"
"""

RETURN = r"""
_value:
  description:
    - The document, when a record was given, else the list of documents.
  type: raw
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import CloudAuditError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.siem import ecs


def to_ecs(records: Any, firewall: Any = None, log_type: str | None = None) -> Any:
    try:
        return ecs.to_ecs(records, firewall, log_type)
    except CloudAuditError as error:
        raise AnsibleFilterError(f"cloudaudit.huaweicloud.to_ecs: {error}") from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"to_ecs": to_ecs}
