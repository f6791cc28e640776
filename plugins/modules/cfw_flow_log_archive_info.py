#!/usr/bin/python
# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cfw_flow_log_archive_info
short_description: Audit an archive of flow logs
version_added: 0.1.0
description:
  - Reads an archive that M(cloudaudit.huaweicloud.cfw_flow_log_archive) wrote, and states which firewalls and which time it covers, what is
    missing and whether it can still be had, whether it is as it was written, and whether it reaches back as far as rules of retention ask.
  - Needs neither the cloud nor credentials.
extends_documentation_fragment:
  - cloudaudit.huaweicloud.archive
  - cloudaudit.huaweicloud.audit
  - cloudaudit.huaweicloud.progress
  - cloudaudit.huaweicloud.attributes
  - cloudaudit.huaweicloud.attributes.info
seealso:
  - module: cloudaudit.huaweicloud.cfw_flow_log_archive
  - module: cloudaudit.huaweicloud.cfw_flow_log_report
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

- name: Hold the archive against all firewalls that exist, and against two rules
  cloudaudit.huaweicloud.cfw_flow_log_archive_info:
    archive: /srv/cfw-archive
    firewalls: "{{ found.firewalls | json_query('[].{project_id: project_id, fw_instance_id: id, name: name}') }}"
    unreadable: "{{ found.unreadable }}"
    scope: archive
    retention:
      - name: mlps-2.0
      - name: house rule
        days: 400
        immediately: 30

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
    - Whether there is a stream, no finding of severity V(error), and in the time range nothing that is missing or unproven.
    - Time that is younger than O(settle) is not missing yet.
  returned: success
  type: bool
  sample: true
verdict:
  description:
    - V(sound) when the archive is compliant and no finding is a warning, V(failed) when a finding is an error, else V(attention).
  returned: success
  type: str
  sample: sound
severities:
  description: The number of findings of each severity.
  returned: success
  type: dict
  sample: {"error": 0, "warning": 1, "notice": 2}
time_to_loss:
  description: Seconds until the service drops the oldest moment that is not collected, or not proven, yet. V(null) when nothing is at stake.
  returned: success
  type: int
  sample: 518400
retention:
  description: The rules, each judged as the worst of its streams is.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The rule's name.
      returned: always
      type: str
      sample: pci-dss-4
    days:
      description: How many days must be kept.
      returned: always
      type: int
      sample: 365
    immediately:
      description: How many of them must be at hand.
      returned: always
      type: int
      sample: 90
    state:
      description: V(met), V(not met), or V(not yet provable), for example when the collection began too recently.
      returned: always
      type: str
      sample: met
    since:
      description: Since when logs must be kept, in epoch milliseconds.
      returned: always
      type: int
      sample: 1663545600000
    streams:
      description: Each stream with its state, the reason for it, and since when it is archived.
      returned: always
      type: list
      elements: dict
      sample:
        - project_id: 9d80d070b6d44942af73c9c3d38e0429
          fw_instance_id: 2af58b7c-893c-4453-a984-bdd9b1bd6318
          log_type: internet
          state: met
          reason: all of the time is archived
          since: 1663545600000
streams:
  description: The streams that were audited, also those that are expected and not archived. A stream is one log type of one firewall.
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
    name:
      description: The firewall's name; V(null) when none is known.
      returned: always
      type: str
      sample: edge
    presence:
      description: V(archived), V(never archived), V(no longer expected), or V(unreadable) when the last attempt to read it failed.
      returned: always
      type: str
      sample: archived
    region:
      description: The firewall's region, as recorded by the collection.
      returned: always
      type: str
      sample: cn-north-4
    status:
      description: The firewall's status number when it was last collected; V(null) when it could not be read.
      returned: always
      type: int
      sample: 2
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
    head_key:
      description: The newest commit's key in the archive.
      returned: always
      type: str
      sample: evidence/project_id=p/fw_instance_id=f/log_type=internet/commits/000000/000000012.json
    commits:
      description: The number of commits.
      returned: always
      type: int
      sample: 12
    first_commit:
      description: When the first commit was made, in epoch milliseconds; V(null) with O(verify=none).
      returned: always
      type: int
      sample: 1663545660000
    last_commit:
      description: When the newest commit was made, in epoch milliseconds.
      returned: always
      type: int
      sample: 1664150460000
    coverage:
      description:
        - All time of the range by its state. Time that touches and is of the same state is one entry.
        - V(complete) is proven and final. V(rechecking) is proven, and still inside the service's seven days, in which late records can be
          added. V(settling) is younger than O(settle). V(unproven) was collected, and that nothing is missing could not be proven.
          V(collectable) was not collected, and still can be. V(lost) was not collected, and the service has it no longer.
      returned: always
      type: list
      elements: dict
      sample:
        - start: 1663545600000
          start_iso: "2022-09-19T00:00:00.000Z"
          end: 1664150400000
          end_iso: "2022-09-26T00:00:00.000Z"
          state: complete
          records: 48211
          settled: 518400000
    states:
      description: How much time, in milliseconds, is of each state.
      returned: always
      type: dict
      sample: {"complete": 604800000, "rechecking": 0, "settling": 0, "unproven": 0, "collectable": 0, "lost": 0}
    gaps:
      description: The time in the range that was never collected, and is old enough that it should be.
      returned: always
      type: list
      elements: dict
      sample: []
    least_settled:
      description:
        - How many milliseconds after its end a final window was last asked for, the least of them. What ended later than that is not archived.
        - V(null) when no window is final.
      returned: always
      type: int
      sample: 518400000
    late_records:
      description: How many records an earlier run could not see yet, because their sessions were still open.
      returned: always
      type: int
      sample: 17
    longest_pause:
      description: The longest time between two commits, in milliseconds.
      returned: always
      type: int
      sample: 86460000
    removed_before:
      description:
        - The data of all days before this time, in epoch milliseconds, were removed by M(cloudaudit.huaweicloud.cfw_flow_log_archive_retention).
        - V(null) when none were removed.
      returned: always
      type: int
      sample: null
    off_ranges:
      description: Empty time that was collected while the firewall was not running, with the status that it had.
      returned: always
      type: list
      elements: dict
      sample: []
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
  description: The gaps of all streams. V(time_left) is in seconds, and V(null) when the time is lost.
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
      state: collectable
      time_left: 172800
findings:
  description: All that is wrong, or good to know, the heaviest first.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Names this finding. The same fault has the same ID in every audit.
      returned: always
      type: str
      sample: object-missing-0f343b0931
    kind:
      description: The kind of the finding.
      returned: always
      type: str
      sample: object-missing
    severity:
      description:
        - V(error) when something is lost, not as it was written, or not met; V(warning) when something is to be done; V(notice) when something
          is good to know.
      returned: always
      type: str
      sample: error
    message:
      description: The finding in words.
      returned: always
      type: str
      sample: A committed data file is missing.
    advice:
      description: What to do.
      returned: always
      type: str
      sample: Restore the object from a copy of the archive, then verify again; find out who changed it.
    count:
      description: How often it occurs.
      returned: always
      type: int
      sample: 1
    evidence:
      description: The keys of the objects that show it, relative to the archive.
      returned: always
      type: list
      elements: str
      sample: [data/project_id=p/fw_instance_id=f/log_type=internet/date=2022-09-19/000000001-000-5f70bf18a086.jsonl.gz]
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
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive_audit import audited
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive_options import ARCHIVE
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.arguments import PROGRESS, run_watched
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit_options import AUDITING


def main() -> None:
    module = AnsibleModule({**ARCHIVE, **AUDITING, **PROGRESS}, supports_check_mode=True, required_by={"log_types": ("firewalls",)})
    run_watched(module, lambda _module, progress: audited(module.params, time.time_ns() // 1_000_000, progress))


if __name__ == "__main__":
    main()
