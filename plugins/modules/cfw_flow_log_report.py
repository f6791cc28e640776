#!/usr/bin/python
# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cfw_flow_log_report
short_description: Write the report of an audit of an archive of flow logs
version_added: 0.1.0
description:
  - Audits an archive as M(cloudaudit.huaweicloud.cfw_flow_log_archive_info) does, and writes what it found as files for machines.
  - C(audit.json) has all of it. C(gaps.csv) has the gaps. C(audit.intoto.json) is an in-toto statement about the audited commits;
    with O(signing_key) it is C(audit.intoto.dsse.json), a signed DSSE envelope, instead. C(assessment-results.oscal.json) has OSCAL
    assessment results, which state observations and claim of no control that it is satisfied.
  - The role P(cloudaudit.huaweicloud.cfw_flow_log_archive#role) makes the page for people, C(report.html), from C(audit.json).
  - Needs neither the cloud nor credentials.
extends_documentation_fragment:
  - cloudaudit.huaweicloud.archive
  - cloudaudit.huaweicloud.audit
  - cloudaudit.huaweicloud.progress
  - cloudaudit.huaweicloud.attributes
attributes:
  check_mode:
    support: full
    details:
      - Audits, and writes nothing.
  diff_mode:
    support: none
    details:
      - There is no difference to show.
  idempotent:
    support: none
    details:
      - An audit tells its time, so its files differ each time.
options:
  dest:
    description:
      - The folder for the files. It is made when it does not exist. Files of an earlier report are replaced.
      - It can't be in the archive.
    type: path
    required: true
  open_days:
    description:
      - Whether the data of days that have no summary yet are read, so that the lists of talkers, ports and applications have them too.
      - A day gets its summary when it has left the service's seven days.
    type: bool
    default: false
  signing_key:
    description:
      - The private Ed25519 key that signs the statement, as a file's full path or as PEM text. Needs the Python library C(cryptography).
    type: str
  signing_key_passphrase:
    description:
      - The passphrase that protects O(signing_key).
    type: str
  assessment_plan:
    description:
      - The reference to the assessment plan that the OSCAL file names, a URI or a relative path.
    type: str
    default: "#assessment-plan"
  spot_check:
    description:
      - A result of M(cloudaudit.huaweicloud.cfw_flow_log_spot_check_info), to be stated in the report.
    type: dict
seealso:
  - module: cloudaudit.huaweicloud.cfw_flow_log_archive_info
  - module: cloudaudit.huaweicloud.cfw_flow_log_spot_check_info
author:
  - The cloudaudit.huaweicloud contributors (@cloudaudit)
"""

EXAMPLES = r"""
- name: Write the report of the last year, signed
  cloudaudit.huaweicloud.cfw_flow_log_report:
    archive: /srv/cfw-archive
    dest: /srv/cfw-report
    start_time: -365d
    verify: data
    retention:
      - name: pci-dss-4
    signing_key: /etc/cloudaudit/signing.pem
"""

RETURN = r"""
archive:
  description: The archive's location.
  returned: success
  type: str
  sample: /srv/cfw-archive
dest:
  description: The folder of the files.
  returned: success
  type: str
  sample: /srv/cfw-report
files:
  description: The files, with their SHA-256.
  returned: success
  type: list
  elements: dict
  sample:
    - name: audit.json
      path: /srv/cfw-report/audit.json
      sha256: 5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef
      bytes: 33177
compliant:
  description: See RV(cloudaudit.huaweicloud.cfw_flow_log_archive_info#module:compliant).
  returned: success
  type: bool
  sample: true
verdict:
  description: See RV(cloudaudit.huaweicloud.cfw_flow_log_archive_info#module:verdict).
  returned: success
  type: str
  sample: sound
caveats:
  description: What the verdict does not say, as it was not looked at. It belongs beside the verdict wherever that is shown.
  returned: success
  type: list
  elements: str
  sample: ["No list of expected firewalls was given: a firewall that was never archived is not seen."]
severities:
  description: The number of findings of each severity.
  returned: success
  type: dict
  sample: {"error": 0, "warning": 1, "notice": 2}
findings:
  description: The fifty heaviest findings, see RV(cloudaudit.huaweicloud.cfw_flow_log_archive_info#module:findings). The files have all.
  returned: success
  type: list
  elements: dict
  sample: []
findings_omitted:
  description: How many findings are in the files only.
  returned: success
  type: int
  sample: 0
gaps:
  description: See RV(cloudaudit.huaweicloud.cfw_flow_log_archive_info#module:gaps).
  returned: success
  type: list
  elements: dict
  sample: []
retention:
  description: The rules with their states.
  returned: success
  type: list
  elements: dict
  sample:
    - name: pci-dss-4
      days: 365
      immediately: 90
      state: met
      since: 1663545600000
time_to_loss:
  description: See RV(cloudaudit.huaweicloud.cfw_flow_log_archive_info#module:time_to_loss).
  returned: success
  type: int
  sample: 518400
records:
  description: The number of records of all streams in the range; V(null) when it could not be determined.
  returned: success
  type: int
  sample: 48211
heads:
  description: The SHA-256 of each stream's newest commit. Written down elsewhere, they prove later that nothing was cut off.
  returned: success
  type: list
  elements: str
  sample: [5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef]
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive_audit import reported
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive_options import ARCHIVE
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.arguments import PROGRESS, run_watched
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit_options import AUDITING, REPORTING


def main() -> None:
    module = AnsibleModule({**ARCHIVE, **AUDITING, **REPORTING, **PROGRESS}, supports_check_mode=True, required_by={"log_types": ("firewalls",)})
    run_watched(module, lambda _module, progress: reported(module.params, time.time_ns() // 1_000_000, module.check_mode, progress))


if __name__ == "__main__":
    main()
