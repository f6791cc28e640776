#!/usr/bin/python
# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cfw_flow_log_info
short_description: Query the flow logs of a firewall
version_added: 0.1.0
description:
  - Queries the flow logs of one instance of Huawei Cloud's Cloud Firewall (CFW).
  - All pages are read, up to O(max_records). When the answer could not be made complete, this is said, together with the reasons
    and with the place to go on from.
  - Every option is checked before anything is sent.
extends_documentation_fragment:
  - cloudaudit.huaweicloud.connection
  - cloudaudit.huaweicloud.flow_log_query
  - cloudaudit.huaweicloud.flow_log_query.filters
  - cloudaudit.huaweicloud.attributes
  - cloudaudit.huaweicloud.attributes.info
  - cloudaudit.huaweicloud.attributes.action_group
notes:
  - A record appears when its session ends. Sessions that are still open are in no answer.
seealso:
  - plugin: cloudaudit.huaweicloud.cfw_flow_log
    plugin_type: lookup
  - module: cloudaudit.huaweicloud.cfw_firewall_info
  - module: cloudaudit.huaweicloud.cfw_flow_log_archive
author:
  - The cloudaudit.huaweicloud contributors (@cloudaudit)
"""

EXAMPLES = r"""
- name: Who used SSH from the Internet in the last hour
  cloudaudit.huaweicloud.cfw_flow_log_info:
    region: cn-north-4
    fw_instance_id: 2af58b7c-893c-4453-a984-bdd9b1bd6318
    log_type: internet
    start_time: -1h
    end_time: now
    dst_port: 22
    protocol: TCP
  register: ssh

- name: The ten sessions with the most bytes on one day
  cloudaudit.huaweicloud.cfw_flow_log_info:
    region: cn-north-4
    fw_instance_id: 2af58b7c-893c-4453-a984-bdd9b1bd6318
    log_type: internet
    start_time: "2026-11-21T00:00:00+08:00"
    end_time: "2026-11-22T00:00:00+08:00"
    max_records: 0
    query: "reverse(sort_by(records, &bytes))[:10].{from: src_ip, to: dst_ip, bytes: bytes}"
  register: largest

- name: Go on where the first answer was cut
  cloudaudit.huaweicloud.cfw_flow_log_info:
    region: cn-north-4
    fw_instance_id: 2af58b7c-893c-4453-a984-bdd9b1bd6318
    log_type: internet
    start_time: "{{ ssh.start_time }}"
    end_time: "{{ ssh.end_time }}"
    dst_port: 22
    protocol: TCP
    log_id: "{{ ssh.next.log_id }}"
    next_date: "{{ ssh.next.next_date }}"
    offset: "{{ ssh.next.offset | default(omit) }}"
  when: ssh.next is not none
"""

RETURN = r"""
records:
  description:
    - The records as the service sent them. Fields may be missing, and newer regions send more of them.
    - V(start_time) and V(end_time) are epoch milliseconds. V(bytes) can have a fraction.
  returned: success, when O(query) is not used
  type: list
  elements: dict
  sample:
    - app: SSH
      bytes: 34.5
      direction: out2in
      dst_ip: 100.95.148.49
      dst_port: 22
      end_time: 1664155493000
      log_id: "76354"
      packets: 25
      protocol: TCP
      src_ip: 100.93.27.17
      src_port: 49634
      start_time: 1664155428000
result:
  description: What O(query) yields.
  returned: success, when O(query) is used
  type: raw
  sample: [{"from": "100.93.27.17", "to": "100.95.148.49", "bytes": 34.5}]
count:
  description: The number of records that were read.
  returned: success
  type: int
  sample: 1
total:
  description: The number of records that match in the service; V(null) when the service does not tell it in a usable way.
  returned: success
  type: int
  sample: 1
complete:
  description:
    - Whether every record of this query was read, as far as can be proven.
    - V(false) also when O(start_time) lies more than an hour before the seven days that the service keeps, even when the service answers with no
      record at all.
  returned: success
  type: bool
  sample: true
reasons:
  description: Why the answer is not complete; empty when it is.
  returned: success
  type: list
  elements: str
  sample: []
next:
  description:
    - The place to go on from, as values of options; V(null) when the answer is complete, or when there is no such place.
    - There is none to what the service does not keep any more.
  returned: success
  type: dict
  contains:
    log_id:
      description: The value for O(log_id).
      returned: always
      type: str
      sample: "76354"
    next_date:
      description: The value for O(next_date).
      returned: always
      type: int
      sample: 1664155428000
    offset:
      description: The value for O(offset).
      returned: when the service needs it
      type: int
      sample: 1024
requests:
  description: The number of pages that were asked for.
  returned: success
  type: int
  sample: 1
start_time:
  description: O(start_time) in epoch milliseconds.
  returned: success
  type: int
  sample: 1663555012000
start_time_iso:
  description: O(start_time) in ISO 8601, UTC.
  returned: success
  type: str
  sample: "2022-09-19T02:36:52.000Z"
end_time:
  description: O(end_time) in epoch milliseconds.
  returned: success
  type: int
  sample: 1664159798000
end_time_iso:
  description: O(end_time) in ISO 8601, UTC.
  returned: success
  type: str
  sample: "2022-09-26T02:36:38.000Z"
error_code:
  description: The service's error code.
  returned: failure, when the service refused
  type: str
  sample: CFW.00500002
request_id:
  description: The service's name for the refused request, which the vendor's support asks for.
  returned: failure, when the service refused and named it
  type: str
  sample: 7c1d8a9e4f1b4b0f9a0c2d3e4f5a6b7c
status:
  description: The HTTP status of the refused request.
  returned: failure, when the service refused
  type: int
  sample: 400
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.arguments import CONNECTION, connect, query_arguments, run
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.flow_log_query import ask, incompleteness, prepare


def query_flow_logs(module: AnsibleModule) -> dict[str, Any]:
    query = prepare(module.params)
    result = ask(connect(module.params), query)
    warning = incompleteness(result)
    if warning:
        module.warn(warning)
    return result


def main() -> None:
    argument_spec = {**CONNECTION, **query_arguments(), "max_records": {"type": "int", "default": 10000}, "query": {"type": "str"}}
    run(AnsibleModule(argument_spec, supports_check_mode=True), query_flow_logs)


if __name__ == "__main__":
    main()
