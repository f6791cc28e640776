#!/usr/bin/python
# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cfw_flow_log_archive_retention
short_description: Remove data past their retention from an archive of flow logs
version_added: 0.1.0
description:
  - Removes the data files of whole days that ended longer ago than O(retention_days). This is the only way in which this collection ever takes
    something out of an archive.
  - Commits, coverage and the summaries of days stay, so that the archive still says what there was. A day without a summary gets one first.
  - A commit states each removed file with its SHA-256, its records and the reason before the file is removed, so
    M(cloudaudit.huaweicloud.cfw_flow_log_archive_info) tells a removal from a loss. Only a signature shows that the removal was yours.
  - Data that the object store locks stay, as do all younger data of the stream. They are in RV(streams[].locked), the task warns of them, and a run
    after the lock has ended removes them. This needs an access key that may see the locks.
  - What the store refuses to remove for another reason is stated in RV(streams[].error), and the task fails. The next run tries again.
  - In a bucket with versioning the store keeps older versions until its own rules remove them.
extends_documentation_fragment:
  - cloudaudit.huaweicloud.archive
  - cloudaudit.huaweicloud.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  retention_days:
    description:
      - How many days data are kept. A day goes when all of it is at least this old.
      - There is no default, so that nothing is removed by accident.
      - Constraint. An integer from V(7) to V(36500). The service can still add records to younger days.
    type: int
    required: true
  reason:
    description:
      - Why data are removed, for example the rule that asks for it. It becomes part of the evidence.
      - By default it names O(retention_days).
      - Constraint. At most 500 characters.
    type: str
  s3_server_side_encryption:
    description:
      - How the object store encrypts what is written. One of V(AES256), V(aws:kms) and V(aws:kms:KEY-ID).
      - By default what the bucket says.
    type: str
  s3_object_lock_days:
    description:
      - For how many days the object store shall refuse to remove or to replace what was committed. It is set (compliance mode) once a commit
        is written, for the commit and all that it names. V(0) sets nothing; the bucket's own default then still counts.
      - It can't be undone before the days are over. The bucket must have object lock.
    type: int
    default: 0
  signing_key:
    description:
      - The private Ed25519 key that the commits are signed with, as a file's path or as PEM text. Needs the Python library C(cryptography).
      - It must be given when the archive's commits are signed.
    type: str
  signing_key_passphrase:
    description:
      - The passphrase that protects O(signing_key).
    type: str
seealso:
  - module: cloudaudit.huaweicloud.cfw_flow_log_archive
  - module: cloudaudit.huaweicloud.cfw_flow_log_archive_info
author:
  - The cloudaudit.huaweicloud contributors (@cloudaudit)
"""

EXAMPLES = r"""
- name: Remove what is older than a year
  cloudaudit.huaweicloud.cfw_flow_log_archive_retention:
    archive: /srv/cfw-archive
    retention_days: 365
    reason: Data protection, section 4 of the logging policy
"""

RETURN = r"""
archive:
  description: The archive's location.
  returned: success, and failure of single streams
  type: str
  sample: /srv/cfw-archive
streams:
  description: What was removed from each stream; in check mode what would be. A stream is one log type of one firewall.
  returned: success, and failure of single streams
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
    files:
      description: The number of data files.
      returned: always
      type: int
      sample: 3
    records:
      description: The number of records in them.
      returned: always
      type: int
      sample: 48211
    bytes:
      description: The size of the files in bytes.
      returned: always
      type: int
      sample: 2610220
    removed_before:
      description: All data of the time before are removed, by this run or by earlier ones. In epoch milliseconds; V(null) when none were.
      returned: always
      type: int
      sample: 1663545600000
    removed_before_iso:
      description: RV(streams[].removed_before) in ISO 8601, UTC.
      returned: always
      type: str
      sample: "2022-09-19T00:00:00.000Z"
    kept:
      description: The files that are stated as removed and could not be.
      returned: always
      type: list
      elements: str
      sample: []
    locked:
      description:
        - Files of the first day past the retention that the object store locks. Nothing of this day and of later days was removed or stated as removed.
      returned: always
      type: list
      elements: str
      sample: []
    head:
      description: The SHA-256 of the newest commit; V(null) when there is none. It is to be written down elsewhere.
      returned: always
      type: str
      sample: 5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef
    sequence:
      description: The number of the newest commit; V(0) when there is none.
      returned: always
      type: int
      sample: 13
    error:
      description: Why the stream failed, or why a file could not be removed; V(null) when neither is so.
      returned: always
      type: str
      sample: null
files:
  description: The number of data files, of all streams.
  returned: success, and failure of single streams
  type: int
  sample: 3
records:
  description: The number of records in them, of all streams.
  returned: success, and failure of single streams
  type: int
  sample: 48211
bytes:
  description: The size of the files in bytes, of all streams.
  returned: success, and failure of single streams
  type: int
  sample: 2610220
"""

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive_retention import RETENTION, difference, remove
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.arguments import run


def retention(module: AnsibleModule) -> dict[str, Any]:
    result = remove(module.params, time.time_ns() // 1_000_000, module.check_mode)
    if module._diff:
        result["diff"] = difference(result["streams"])
    for stream in result["streams"]:
        if stream["locked"]:
            module.warn(f"Data past their retention stay, for the object store locks them: {stream['locked'][0]}, and what is younger.")
    failed = [stream for stream in result["streams"] if stream["error"]]
    if failed:
        first = "/".join(failed[0][name] for name in ("project_id", "fw_instance_id", "log_type"))
        module.fail_json(msg=f"{len(failed)} of {len(result['streams'])} streams failed. The first one, {first}: {failed[0]['error']}", **result)
    return result


def main() -> None:
    module = AnsibleModule(RETENTION, supports_check_mode=True)
    run(module, retention)


if __name__ == "__main__":
    main()
