#!/usr/bin/python
# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cfw_flow_log_archive_info
short_description: Verify an archive of flow logs
version_added: 0.1.0
description:
  - Reads an archive that M(cloudaudit.huaweicloud.cfw_flow_log_archive) wrote, and states what it covers, what is missing, and
    whether it is as it was written.
  - Needs neither the cloud nor credentials.
extends_documentation_fragment:
  - cloudaudit.huaweicloud.archive
  - cloudaudit.huaweicloud.attributes
  - cloudaudit.huaweicloud.attributes.info
options:
  firewalls:
    description:
      - The firewalls that the archive is expected to cover. One that is missing is a finding.
      - By default those that the archive has.
    type: list
    elements: dict
    suboptions:
      fw_instance_id:
        description:
          - The ID of the firewall instance.
          - Constraint. 1 to 64 letters, digits, hyphens and underscores.
        type: str
        required: true
      project_id:
        description:
          - The ID of the firewall's project.
          - Constraint. 1 to 64 letters, digits, hyphens and underscores.
        type: str
        required: true
      region:
        description:
          - Not used. It is here so that the list for M(cloudaudit.huaweicloud.cfw_flow_log_archive) can be given as it is.
        type: str
      endpoint:
        description:
          - Not used, like O(firewalls[].region).
        type: str
      name:
        description:
          - Not used, like O(firewalls[].region).
        type: str
  log_types:
    description:
      - The types of logs that the archive is expected to have for each of the O(firewalls). Needs O(firewalls).
      - By default V(internet), V(vpc) and V(nat), the same as M(cloudaudit.huaweicloud.cfw_flow_log_archive) collects.
    type: list
    elements: str
    choices: [internet, vpc, nat, vgw]
  start_time:
    description:
      - The start of the time range that is asked about. By default the start of each stream's coverage.
      - One of epoch milliseconds (V(1663555012000)), ISO 8601 (V(2026-11-22T08:00:00+08:00); without an offset it is UTC, a date alone is
        its midnight), or relative to now (V(-7d), V(-90m), V(-1h30m), V(now)).
    type: str
  end_time:
    description:
      - The end of the time range that is asked about, in the same forms as O(start_time). By default the end of each stream's coverage.
    type: str
  verify:
    description:
      - How deep the archive is verified.
    type: str
    choices:
      none: Only the newest commit of each stream is read.
      chain: All commits and summaries are read, and whether each object is there with the size that was written down is checked.
      data: All data are read too, and held against their commits.
    default: chain
  heads:
    description:
      - Heads that are known from elsewhere, for example from the results of earlier tasks. They prove that the newest commits were not cut off.
      - One that is in none of the verified streams is a finding.
      - Constraint. 64 hexadecimal digits each (SHA-256).
    type: list
    elements: str
  public_keys:
    description:
      - The public Ed25519 keys of those who may have signed the archive, each as a file's path or as PEM text. After a change of keys give the
        old ones too. Needs the Python library C(cryptography).
      - With them a commit is a finding when its signature is wrong or of another key, when it has none after signed ones, or when nothing signed
        follows it. Without them signatures are not looked at.
    type: list
    elements: str
seealso:
  - module: cloudaudit.huaweicloud.cfw_flow_log_archive
author:
  - The cloudaudit.huaweicloud contributors (@cloudaudit)
"""

EXAMPLES = r"""
- name: Verify the whole archive, data included
  cloudaudit.huaweicloud.cfw_flow_log_archive_info:
    archive: /srv/cfw-archive
    verify: data
  register: audit

- name: Fail when something was changed, is missing or could not be proven
  ansible.builtin.assert:
    that: audit.compliant
    fail_msg: "{{ audit.findings | map(attribute='message') | join('\n') }}"

- name: Verify that the archive still has what an earlier task reported
  cloudaudit.huaweicloud.cfw_flow_log_archive_info:
    archive: /srv/cfw-archive
    heads: "{{ earlier.streams | map(attribute='head') | select | list }}"

- name: Was yesterday covered for this firewall
  cloudaudit.huaweicloud.cfw_flow_log_archive_info:
    archive: /srv/cfw-archive
    firewalls:
      - project_id: 9d80d070b6d44942af73c9c3d38e0429
        fw_instance_id: 2af58b7c-893c-4453-a984-bdd9b1bd6318
    log_types: [internet]
    start_time: "2026-11-21"
    end_time: "2026-11-22"
    verify: none
"""

RETURN = r"""
archive:
  description: The archive's location.
  returned: success
  type: str
  sample: /srv/cfw-archive
compliant:
  description:
    - Whether there is a stream, no finding of severity V(error), and in the time range neither a gap nor anything unproven.
    - A range that ends V(now) has a gap, since the newest windows are still to be collected.
  returned: success
  type: bool
  sample: true
streams:
  description: The streams that were verified. A stream is one log type of one firewall.
  returned: success
  type: list
  elements: dict
  contains:
    project_id:
      description: The ID of the firewall's project.
      returned: always
      type: str
      sample: 9d80d070b6d44942af73c9c3d38e0429
    fw_instance_id:
      description: The ID of the firewall instance.
      returned: always
      type: str
      sample: 2af58b7c-893c-4453-a984-bdd9b1bd6318
    log_type:
      description: The type of the logs.
      returned: always
      type: str
      sample: internet
    head:
      description: The SHA-256 of the newest commit; V(null) when none could be read.
      returned: always
      type: str
      sample: 5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef
    sequence:
      description: The number of the newest commit; V(0) when none could be read.
      returned: always
      type: int
      sample: 12
    commits:
      description: The number of commits.
      returned: always
      type: int
      sample: 12
    coverage:
      description: The covered time in the range. Windows that touch and have the same verdict are one entry.
      returned: always
      type: list
      elements: dict
      sample:
        - start: 1663545600000
          start_iso: "2022-09-19T00:00:00.000Z"
          end: 1664150400000
          end_iso: "2022-09-26T00:00:00.000Z"
          verdict: complete
          records: 48211
    gaps:
      description: The time in the range that was never collected.
      returned: always
      type: list
      elements: dict
      sample:
        - start: 1664150400000
          start_iso: "2022-09-26T00:00:00.000Z"
          end: 1664154000000
          end_iso: "2022-09-26T01:00:00.000Z"
    verdicts:
      description: For each verdict the covered time in the range in milliseconds, and the number of entries in the archive's account.
      returned: always
      type: dict
      sample: {"complete": {"ms": 604800000, "rows": 168}, "unproven": {"ms": 0, "rows": 0}}
    signatures:
      description: The number of read commits by what their signatures are. Without O(public_keys) signed ones are V(unchecked).
      returned: always
      type: dict
      sample: {"valid": 12, "unsigned": 0, "unknown_key": 0, "wrong": 0, "unchecked": 0}
    records:
      description: The number of records in the range; V(null) when it could not be determined.
      returned: always
      type: int
      sample: 48211
    bytes:
      description: The size of the data files of the range in bytes; V(null) with O(verify=none).
      returned: always
      type: int
      sample: 2610220
    oldest:
      description: The oldest instant that is covered, in epoch milliseconds; V(null) when nothing is.
      returned: always
      type: int
      sample: 1663545600000
    oldest_iso:
      description: RV(streams[].oldest) in ISO 8601, UTC.
      returned: always
      type: str
      sample: "2022-09-19T00:00:00.000Z"
gaps:
  description: The gaps of all streams.
  returned: success
  type: list
  elements: dict
  sample:
    - project_id: 9d80d070b6d44942af73c9c3d38e0429
      fw_instance_id: 2af58b7c-893c-4453-a984-bdd9b1bd6318
      log_type: internet
      start: 1664150400000
      start_iso: "2022-09-26T00:00:00.000Z"
      end: 1664154000000
      end_iso: "2022-09-26T01:00:00.000Z"
findings:
  description: What is wrong with the archive, the heaviest first.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The kind of the finding.
      returned: always
      type: str
      sample: object-missing
    severity:
      description: V(error) when the archive does not hold what it claims, V(warning) when committed records are not affected.
      returned: always
      type: str
      sample: error
    message:
      description: The finding in words.
      returned: always
      type: str
      sample: A committed data file is missing.
    count:
      description: How often it occurs in the object.
      returned: always
      type: int
      sample: 1
    key:
      description: The object that it is about, relative to the archive; V(null) when it is about none.
      returned: always
      type: str
      sample: data/project_id=p/fw_instance_id=f/log_type=internet/date=2022-09-19/000000001-000-5f70bf18a086.jsonl.gz
    project_id:
      description: The ID of the stream's project; V(null) when it is about no stream.
      returned: always
      type: str
      sample: 9d80d070b6d44942af73c9c3d38e0429
    fw_instance_id:
      description: The ID of the stream's firewall instance; V(null) when it is about no stream.
      returned: always
      type: str
      sample: 2af58b7c-893c-4453-a984-bdd9b1bd6318
    log_type:
      description: The type of the stream's logs; V(null) when it is about no stream.
      returned: always
      type: str
      sample: internet
    start:
      description: The start of the time that it is about, in epoch milliseconds; V(null) when it is about none.
      returned: always
      type: int
      sample: 1663545600000
    start_iso:
      description: RV(findings[].start) in ISO 8601, UTC.
      returned: always
      type: str
      sample: "2022-09-19T00:00:00.000Z"
    end:
      description: The end of the time that it is about, in epoch milliseconds; V(null) when it is about none.
      returned: always
      type: int
      sample: 1663632000000
    end_iso:
      description: RV(findings[].end) in ISO 8601, UTC.
      returned: always
      type: str
      sample: "2022-09-20T00:00:00.000Z"
records:
  description: The number of records of all streams in the range; V(null) when it could not be determined.
  returned: success
  type: int
  sample: 48211
bytes:
  description: The size of the data files of the range in bytes, of all streams; V(null) with O(verify=none).
  returned: success
  type: int
  sample: 2610220
oldest:
  description: The oldest instant that is covered by any stream, in epoch milliseconds; V(null) when nothing is.
  returned: success
  type: int
  sample: 1663545600000
oldest_iso:
  description: RV(oldest) in ISO 8601, UTC.
  returned: success
  type: str
  sample: "2022-09-19T00:00:00.000Z"
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive_audit import audit
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive_options import ARCHIVE, AUDITING
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.arguments import run


def main() -> None:
    module = AnsibleModule({**ARCHIVE, **AUDITING}, supports_check_mode=True, required_by={"log_types": ("firewalls",)})
    run(module, lambda _module: audit(module.params, time.time_ns() // 1_000_000))


if __name__ == "__main__":
    main()
