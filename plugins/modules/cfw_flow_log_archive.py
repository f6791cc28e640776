#!/usr/bin/python
# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cfw_flow_log_archive
short_description: Archive the flow logs of firewalls, with evidence of their completeness
version_added: 0.1.0
description:
  - Collects the flow logs of one or many firewalls of Huawei Cloud's Cloud Firewall (CFW) into an archive that only grows.
  - The service keeps flow logs for seven days. What is not collected by then is gone, so run this at least once a day.
  - The archive holds each record once and as the service sent it, and it states for each window of time whether it is complete.
    What could not be proven is stated as unproven, with the reasons.
  - A record appears only when its session ends. Windows that are still inside the seven days are therefore asked about again by later runs.
extends_documentation_fragment:
  - cloudaudit.huaweicloud.connection
  - cloudaudit.huaweicloud.archive
  - cloudaudit.huaweicloud.progress
  - cloudaudit.huaweicloud.attributes
  - cloudaudit.huaweicloud.attributes.action_group
attributes:
  check_mode:
    support: full
    details:
      - Plans which windows would be asked about, and writes nothing.
      - Forecasts what the run will cost, and whether the API can keep up, see RV(forecast). This samples the service by at most
        O(forecast_requests) requests.
  diff_mode:
    support: full
    details:
      - Shows the windows.
  idempotent:
    support: partial
    details:
      - A second run changes the archive only when the service has new records, or when new windows have become old enough.
options:
  firewalls:
    description:
      - The firewalls to collect from. They share one limit of requests.
      - Either this or O(fw_instance_id).
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
          - The ID of the firewall's project. By default that of the connection.
          - Constraint. 1 to 64 letters, digits, hyphens and underscores.
        type: str
      region:
        description:
          - The firewall's region. By default that of the connection.
        type: str
      endpoint:
        description:
          - The address of the Cloud Firewall service. By default that of the connection, or of O(firewalls[].region).
        type: str
      name:
        description:
          - The firewall's name, to be noted in the evidence.
        type: str
  fw_instance_id:
    description:
      - The ID of the firewall instance, when it is one only.
      - Constraint. 1 to 64 letters, digits, hyphens and underscores.
    type: str
  log_types:
    description:
      - The types of logs to collect.
    type: list
    elements: str
    choices: [internet, vpc, nat, vgw]
    default: [internet, vpc, nat]
  start_time:
    description:
      - The start of the time range to be covered. The first and the last window are clipped to the range.
      - One of epoch milliseconds (V(1663555012000)), ISO 8601 (V(2026-11-22T08:00:00+08:00); without an offset it is UTC, a date alone is
        its midnight), or relative to now, by the service's clock (V(-7d), V(-90m), V(-1h30m), V(now)).
    type: str
    default: -7d
  end_time:
    description:
      - The end of the time range, in the same forms as O(start_time). It does not belong to the range.
    type: str
    default: now
  window:
    description:
      - The length of the windows on which completeness is accounted. Windows are aligned to UTC and don't cross midnight.
      - In seconds, or with units (V(15m), V(1h), V(1d)). It must divide a day.
    type: str
    default: 1h
  settle:
    description:
      - How long to wait after the end of a window before it is asked about for the first time.
      - In seconds, or with units (V(15m), V(1h)).
    type: str
    default: 15m
  recheck:
    description:
      - Whether windows that are still inside the seven days are asked about again, to get the records that appeared late.
      - With V(false) records of sessions that end after their window was collected are missed.
    type: bool
    default: true
  recheck_requests:
    description:
      - The most pages to read again in one run for windows of which the service can't count whether they have changed, the oldest windows
        first. V(0) means no bound.
      - Windows that were not reached are stated in RV(streams[].windows). A later run that reaches them gets what appeared late, as long as
        they are inside the seven days.
      - Where the service counts its matches, one small request shows that nothing changed, and this bound does not matter.
      - Constraint. An integer from V(0) to V(2147483647).
    type: int
    default: 1000
  forecast_requests:
    description:
      - The most pages that check mode asks for, to forecast what the run will cost, see RV(forecast). V(0) means no forecast.
      - At most 40 streams are sampled, spread over projects and log types; they stand for the others. With less than about 5 pages for each of
        them the forecast is rough where the service does not count its matches.
      - Without check mode this has no effect.
      - Constraint. An integer from V(0) to V(2147483647).
    type: int
    default: 200
  concurrency:
    description:
      - The most requests that are under way at the same time.
      - Constraint. An integer from V(1) to V(64).
    type: int
    default: 8
  time_limit:
    description:
      - Stop collecting after this long. What is complete by then is committed, the rest is stated as left and is collected by a later run.
      - In seconds, or with units (V(50m), V(2h)). By default there is no limit.
    type: str
  encoding:
    description:
      - How new records are stored. One archive may hold files of several encodings. All hold the same records, byte for byte as the service
        sent them; collecting, verifying and day summaries work on any mixture.
      - "V(jsonl.gz): JSON Lines, compressed with gzip. Choose it where every tool has to read the archive; it needs no library."
      - "V(jsonl.zst): JSON Lines, compressed with zstd. Choose it where your tools read zstd, for quicker queries. Needs the Python library
        C(zstandard)."
      - "V(parquet): Typed columns, and beside them the record as sent, so files are about twice as large. Choose it where archives are queried
        often; queries read only the columns and times that they need. Needs the Python library C(pyarrow)."
    type: str
    choices: [jsonl.gz, jsonl.zst, parquet]
    default: jsonl.gz
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
      - The private Ed25519 key that this run's commits are signed with, as a file's full path or as PEM text. Needs the Python library C(cryptography).
      - Once a stream is signed, runs without a key fail for it, since unsigned commits would look like forged ones.
      - "Make one with: C(openssl genpkey -algorithm ed25519 -out key.pem). Its public half, for those who verify:
        C(openssl pkey -in key.pem -pubout -out public.pem)."
    type: str
  signing_key_passphrase:
    description:
      - The passphrase that protects O(signing_key).
    type: str
  fail_on:
    description:
      - When failed streams make the task fail. A stream is one log type of one firewall. It failed when it could not be collected
        wholly, or when windows are unproven.
      - What was collected is in the archive in any case.
      - "V(any): When one has failed."
      - "V(all): When all have failed."
      - "V(never): Never. Look at RV(streams[].error)."
    type: str
    choices: [any, all, never]
    default: any
notes:
  - When the task is stopped (C(Ctrl+C), canceling a job, signals C(SIGTERM) and C(SIGINT)) it commits what is complete and ends soon, at the latest
    after a minute. The archive stays whole, and the next run collects the rest.
seealso:
  - module: cloudaudit.huaweicloud.cfw_flow_log_archive_info
  - module: cloudaudit.huaweicloud.cfw_firewall_info
author:
  - The cloudaudit.huaweicloud contributors (@cloudaudit)
"""

EXAMPLES = r"""
- name: Archive to OBS, and lock what is committed for a year
  cloudaudit.huaweicloud.cfw_flow_log_archive:
    archive: s3://flow-logs/production
    s3_endpoint_url: https://obs.cn-north-4.myhuaweicloud.com
    s3_access_key: "{{ obs_access_key }}"
    s3_secret_key: "{{ obs_secret_key }}"
    s3_object_lock_days: 365
    region: cn-north-4
    fw_instance_id: 2af58b7c-893c-4453-a984-bdd9b1bd6318

- name: Archive one firewall
  cloudaudit.huaweicloud.cfw_flow_log_archive:
    archive: /srv/cfw-archive
    region: cn-north-4
    fw_instance_id: 2af58b7c-893c-4453-a984-bdd9b1bd6318

- name: Find the firewalls of all projects
  cloudaudit.huaweicloud.cfw_firewall_info:
    region: cn-north-4
    all_projects: true
  register: found

- name: Archive them all; firewalls that fail don't stop the others
  cloudaudit.huaweicloud.cfw_flow_log_archive:
    archive: /srv/cfw-archive
    region: cn-north-4
    firewalls: "{{ found.targets }}"
    log_types: [internet, vpc, nat]
    fail_on: all
"""

RETURN = r"""
archive:
  description: The archive's location.
  returned: success, and failure because of O(fail_on)
  type: str
  sample: /srv/cfw-archive
streams:
  description: What was done for each log type of each firewall.
  returned: success, and failure because of O(fail_on)
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
      description: The firewall's name; V(null) when it is not known.
      returned: always
      type: str
      sample: edge
    windows:
      description:
        - The number of windows of the range that are in the archive by verdict (C(complete), C(unproven)), of those that this run planned and did not
          collect since it failed or was stopped (C(left)), and of those that O(recheck_requests) left to a later run (C(not_rechecked)).
        - A window that is younger than O(settle) is in none of them, since no run plans it. In check mode C(left) is V(0), see RV(streams[].planned).
      returned: always
      type: dict
      sample: {"complete": 167, "unproven": 0, "left": 0, "not_rechecked": 0}
    planned:
      description: The number of windows that this run asks about for the first time, and again.
      returned: always
      type: dict
      sample: {"new": 24, "recheck": 143}
    records:
      description: The number of records that the archive has in the range.
      returned: always
      type: int
      sample: 48211
    added:
      description: The number of records that this run added.
      returned: always
      type: int
      sample: 1204
    bytes:
      description: The size of the files that this run added, in bytes.
      returned: always
      type: int
      sample: 65210
    lateness:
      description:
        - How long after their window's end the records were found that this run added to windows that were complete before. This is when they were
          found, so it depends on how often the archive is brought up to date.
        - Each entry has the most milliseconds (V(null) for no bound) and the number of records that no shorter entry counts.
      returned: always
      type: list
      elements: list
      sample: [[3600000, 12]]
    requests:
      description: The number of pages that were asked for.
      returned: always
      type: int
      sample: 51
    head:
      description:
        - The SHA-256 of the newest commit; V(null) when there is none.
        - Written down elsewhere, it lets M(cloudaudit.huaweicloud.cfw_flow_log_archive_info) prove that nothing was cut off.
      returned: always
      type: str
      sample: 5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef
    sequence:
      description: The number of the newest commit; V(0) when there is none.
      returned: always
      type: int
      sample: 12
    reasons:
      description: Why windows that this run asked about are unproven.
      returned: always
      type: list
      elements: str
      sample: []
    error:
      description: Why the stream failed, or that windows are unproven; V(null) when neither is so.
      returned: always
      type: str
      sample: null
records:
  description: The number of records that the archive has in the range, of all streams.
  returned: success, and failure because of O(fail_on)
  type: int
  sample: 48211
added:
  description: The number of records that this run added, of all streams.
  returned: success, and failure because of O(fail_on)
  type: int
  sample: 1204
bytes:
  description: The size of the files that this run added in bytes, of all streams.
  returned: success, and failure because of O(fail_on)
  type: int
  sample: 65210
requests:
  description: The number of requests that were sent, all together.
  returned: success, and failure because of O(fail_on)
  type: int
  sample: 53
problems:
  description: What did not fail, and should be known, such as a wrong clock. Each is a warning too.
  returned: success, and failure because of O(fail_on)
  type: list
  elements: str
  sample: []
time_to_loss:
  description: The seconds until the oldest instant that is not proven to be collected leaves the seven days; V(null) when there is none.
  returned: success, and failure because of O(fail_on)
  type: int
  sample: 561600
forecast:
  description:
    - What the planned run will cost, and what each day of logs will. From a sample; the guide "What it will cost" explains the model and how
      far it was from what was measured.
    - Estimates are dictionaries of C(low), C(expected) and C(high).
  returned: in check mode, unless O(forecast_requests) is V(0) or the task was stopped
  type: dict
  contains:
    summary:
      description: What the run will cost, in a line.
      returned: always
      type: str
      sample: "about 65,300 (64,000 to 66,600) records by 91 (81 to 122) requests in 5 s at 20 requests a second (assumed), 5.65 MB as jsonl.gz;
        6 of 6 streams sampled"
    advice:
      description: Whether the API can keep up with what is logged, why, and what to do where it can't.
      returned: always
      type: str
      sample: A day logs about 9,380 (9,200 to 9,570) records. To read them once takes less than a second at 20 requests a second (assumed); with
        hourly runs that recheck all seven days it is 61 s (between 47 s and 1.5 minutes) out of 24 hours. The API can keep up.
    keeps_up:
      description:
        - Whether the API can keep up with what is logged, under RV(forecast.schedule).
        - V(yes) when collecting a day's logs takes at most 80 % of a day, by the high estimate. V(barely) when it takes more than that, and at
          most a day. V(no) when it takes more than a day even by the low estimate. V(unsure) when the estimates don't tell.
      returned: always
      type: str
      sample: 'yes'
    schedule:
      description:
        - The most thorough way of collecting among those that keep up best.
        - V(hourly) and V(daily) recheck all that the service still keeps at each run. V(last_day) stands for hourly runs with
          O(recheck=false), and one run a day with O(start_time=-7d) and O(end_time=-6d) that rechecks.
      returned: always
      type: str
      sample: hourly
    streams:
      description: The number of streams that the forecast is about.
      returned: always
      type: int
      sample: 6
    sampled_streams:
      description: The number of streams that were sampled.
      returned: always
      type: int
      sample: 6
    sample_requests:
      description: The number of pages that were asked for to sample them.
      returned: always
      type: int
      sample: 9
    unsampled:
      description: Streams that should have been sampled, and could not be. They are in none of the figures unless the archive knows them.
      returned: always
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
        reason:
          description: Why it could not be sampled.
          returned: always
          type: str
          sample: The service refused (403).
    basis:
      description:
        - The number of streams by what their figures rest on.
        - C(page) (one page holds all), C(count) (the service's count), C(density) (how close records lie in several places of the range),
          C(place) (in one place; rough), C(archive) (what the archive holds of the last days), C(similar) (the sampled streams of the same log
          type), C(unknown) (nothing).
      returned: always
      type: dict
      sample: {"count": 4, "page": 2}
    records:
      description: The records that the run will add, an estimate.
      returned: always
      type: dict
      sample: {"low": 63930, "expected": 65223, "high": 66516}
    pages:
      description: The full pages that hold them, an estimate.
      returned: always
      type: dict
      sample: {"low": 62, "expected": 64, "high": 65}
    requests:
      description: The requests that the run will send, an estimate.
      returned: always
      type: dict
      sample: {"low": 81, "expected": 91, "high": 122}
    seconds:
      description: How long the run will take by the limit, the service's latency and the processor, an estimate.
      returned: always
      type: dict
      sample: {"low": 4, "expected": 5, "high": 6}
    hours:
      description: How long the requests take at the limit alone, an estimate.
      returned: always
      type: dict
      sample: {"low": 0.0, "expected": 0.0, "high": 0.0}
    bytes:
      description: What the records will take in the archive by encoding, estimates. A sample of them was encoded to measure it.
      returned: always
      type: dict
      sample:
        jsonl.gz: {"low": 4986356, "expected": 5652212, "high": 6340304}
        jsonl.zst: {"low": 4086000, "expected": 4630000, "high": 5190000}
        parquet: {"low": 8120000, "expected": 9210000, "high": 10330000}
    bytes_not_measured:
      description: The encodings whose library is not installed. Their bytes are those of C(jsonl.gz), times what is usual.
      returned: always
      type: list
      elements: str
      sample: []
    record_bytes:
      description: The average length of the sampled records as sent; V(null) when there are none.
      returned: always
      type: float
      sample: 360.7
    rate_limit:
      description:
        - The limit that times are for. Its C(source) is V(rate_limit) (the option), V(learned) (the service named it while it was sampled) or
          V(assumed).
      returned: always
      type: dict
      sample: {"requests_per_second": 20.0, "source": "assumed"}
    per_day:
      description: What each day of logs costs.
      returned: always
      type: dict
      contains:
        records:
          description: The records of a day, an estimate.
          returned: always
          type: dict
          sample: {"low": 9198, "expected": 9384, "high": 9570}
        bytes:
          description: What they take in the archive by encoding, estimates.
          returned: always
          type: dict
          sample:
            jsonl.gz: {"low": 622251, "expected": 705365, "high": 791277}
            jsonl.zst: {"low": 519910, "expected": 577664, "high": 647022}
            parquet: {"low": 914098, "expected": 1036128, "high": 1162329}
        evidence_bytes:
          description: What the commits take in the archive under RV(forecast.schedule).
          returned: always
          type: int
          sample: 1721345
        slices:
          description:
            - The number of AWX slices that processor and latency ask for. Slices that log in as one user share its limit, so more of them are no
              help against that.
          returned: always
          type: int
          sample: 1
        schedules:
          description:
            - By schedule (V(hourly), V(daily), V(last_day)) the C(requests) and C(hours) that a day takes, how often a record is read on average
              (C(reads)), and whether that keeps up (C(keeps_up)).
          returned: always
          type: dict
          sample:
            daily:
              requests: {"low": 99, "expected": 122, "high": 179}
              hours: {"low": 0.0, "expected": 0.0, "high": 0.0}
              reads: 1.13
              keeps_up: 'yes'
error_code:
  description: The service's error code.
  returned: failure, when the service refused
  type: str
  sample: APIG.0301
request_id:
  description: The service's name for the refused request, which the vendor's support asks for.
  returned: failure, when the service refused and named it
  type: str
  sample: 7c1d8a9e4f1b4b0f9a0c2d3e4f5a6b7c
status:
  description: The HTTP status of the refused request.
  returned: failure, when the service refused
  type: int
  sample: 401
"""

import signal
import threading
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.archiving import archive_flow_logs
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive_options import ARCHIVE, ARCHIVING, checked_archiving
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.arguments import CONNECTION, PROGRESS, connect, run_watched
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.progress import Progress


def archive(module: AnsibleModule, progress: Progress) -> dict[str, Any]:
    options = checked_archiving(module.params)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_received: stop.set())
    if options["time_limit"] is not None:
        limit = threading.Timer(options["time_limit"] / 1000, stop.set)
        limit.daemon = True
        limit.start()
    session = connect(module.params, stop)
    options.update(enterprise_project_id=session.enterprise_project_id, diff=module._diff)
    result = archive_flow_logs(session, options, check_mode=module.check_mode, stop=stop, progress=progress)
    for problem in result["problems"]:
        module.warn(problem)
    failed = [stream for stream in result["streams"] if stream["error"]]
    fail_on = module.params["fail_on"]
    if failed and (fail_on == "any" or (fail_on == "all" and len(failed) == len(result["streams"]))):
        first = failed[0]
        place = "/".join(first[name] for name in ("project_id", "fw_instance_id", "log_type")) + (f" ({first['name']})" if first["name"] else "")
        module.fail_json(msg=f"{len(failed)} of {len(result['streams'])} streams failed. The first one, {place}: {first['error']}", **result)
    return result


def main() -> None:
    module = AnsibleModule(
        {**CONNECTION, **ARCHIVE, **ARCHIVING, **PROGRESS},
        supports_check_mode=True,
        required_one_of=[("firewalls", "fw_instance_id")],
        mutually_exclusive=[("firewalls", "fw_instance_id")],
    )
    run_watched(module, archive)


if __name__ == "__main__":
    main()
