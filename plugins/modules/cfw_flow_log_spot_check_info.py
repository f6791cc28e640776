#!/usr/bin/python
# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cfw_flow_log_spot_check_info
short_description: Ask again for a sample of an archive of flow logs, and compare
version_added: 0.1.0
description:
  - Draws windows of an archive at random, among those that are stated complete and that the service still has, asks the service for them again,
    and compares record by record, byte by byte.
  - The seed is returned. With it another person draws the same windows, with credentials of their own.
  - Writes nothing.
extends_documentation_fragment:
  - cloudaudit.huaweicloud.connection
  - cloudaudit.huaweicloud.archive
  - cloudaudit.huaweicloud.attributes
  - cloudaudit.huaweicloud.attributes.info
  - cloudaudit.huaweicloud.attributes.action_group
options:
  windows:
    description:
      - How many windows to draw. All are taken where there are no more.
      - Constraint. 1 to 10000.
    type: int
    default: 10
  seed:
    description:
      - What the draw depends on. By default a new random one, which is returned.
      - Constraint. 1 to 256 characters.
    type: str
  concurrency:
    description:
      - The most requests that are under way at the same time.
      - Constraint. 1 to 64.
    type: int
    default: 8
seealso:
  - module: cloudaudit.huaweicloud.cfw_flow_log_archive
  - module: cloudaudit.huaweicloud.cfw_flow_log_report
author:
  - The cloudaudit.huaweicloud contributors (@cloudaudit)
"""

EXAMPLES = r"""
- name: Ask again for twenty windows
  cloudaudit.huaweicloud.cfw_flow_log_spot_check_info:
    archive: /srv/cfw-archive
    region: cn-north-4
    windows: 20
  register: spot

- name: State the outcome in the report
  cloudaudit.huaweicloud.cfw_flow_log_report:
    archive: /srv/cfw-archive
    dest: /srv/cfw-report
    spot_check: "{{ spot }}"

- name: Repeat an auditor's draw
  cloudaudit.huaweicloud.cfw_flow_log_spot_check_info:
    archive: /srv/cfw-archive
    region: cn-north-4
    windows: 20
    seed: "{{ spot.seed }}"
"""

RETURN = r"""
seed:
  description: What the draw depended on.
  returned: success
  type: str
  sample: 5f70bf18a0860070
created:
  description: When the windows were drawn, in epoch milliseconds by the service's clock.
  returned: success
  type: int
  sample: 1664150400000
created_iso:
  description: RV(created) in ISO 8601, UTC.
  returned: success
  type: str
  sample: "2022-09-26T00:00:00.000Z"
candidates:
  description: How many windows there were to draw from.
  returned: success
  type: int
  sample: 1980
outcomes:
  description: How many windows had which outcome.
  returned: success
  type: dict
  sample: {"same": 19, "differs": 1, "failed": 0}
windows:
  description: The windows that were drawn, in the order of the draw.
  returned: success
  type: list
  elements: dict
  contains:
    project_id:
      description: The ID of the stream's project.
      returned: always
      type: str
      sample: 9d80d070b6d44942af73c9c3d38e0429
    fw_instance_id:
      description: The ID of the stream's firewall instance.
      returned: always
      type: str
      sample: 2af58b7c-893c-4453-a984-bdd9b1bd6318
    log_type:
      description: The type of the stream's logs.
      returned: always
      type: str
      sample: internet
    start:
      description: The window's start, in epoch milliseconds.
      returned: always
      type: int
      sample: 1664100000000
    start_iso:
      description: RV(windows[].start) in ISO 8601, UTC.
      returned: always
      type: str
      sample: "2022-09-25T10:00:00.000Z"
    end:
      description: The window's end, not included, in epoch milliseconds.
      returned: always
      type: int
      sample: 1664103600000
    end_iso:
      description: RV(windows[].end) in ISO 8601, UTC.
      returned: always
      type: str
      sample: "2022-09-25T11:00:00.000Z"
    outcome:
      description:
        - V(same) when both have the same records, byte for byte; V(failed) when the service's answer was an error, or proves nothing.
        - V(differs) else. When only RV(windows[].missing) is not 0, records of sessions have probably ended since; a collection adds them.
      returned: always
      type: str
      sample: same
    service:
      description: How many records the service has.
      returned: always
      type: int
      sample: 412
    archived:
      description: How many records the archive has.
      returned: always
      type: int
      sample: 412
    missing:
      description: How many of the service's records are not archived.
      returned: always
      type: int
      sample: 0
    gone:
      description: How many of the archived records the service does not have.
      returned: always
      type: int
      sample: 0
    different:
      description: How many records are not the same.
      returned: always
      type: int
      sample: 0
    requests:
      description: How many requests were made.
      returned: always
      type: int
      sample: 1
    error:
      description: Why it failed; V(null) when it did not.
      returned: always
      type: str
      sample: null
"""

import secrets
import threading
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive_options import ARCHIVE, open_archive
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.arguments import CONNECTION, connect, run
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.spot import spot_check
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit_options import SAMPLING, checked_sampling


def sampled(module: AnsibleModule) -> dict[str, Any]:
    windows, concurrency = checked_sampling(module.params)
    seed = module.params["seed"] or secrets.token_hex(8)
    stop = threading.Event()
    return spot_check(open_archive(module.params), connect(module.params, stop), seed, windows, concurrency, stop)


def main() -> None:
    module = AnsibleModule({**CONNECTION, **ARCHIVE, **SAMPLING}, supports_check_mode=True)
    run(module, sampled)


if __name__ == "__main__":
    main()
