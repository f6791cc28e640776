# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that say what is audited, against which expectations, and how deep."""

from __future__ import annotations


class ModuleDocFragment:
    """Shared by the module that returns an audit and the module that writes its reports."""

    DOCUMENTATION = r"""
options:
  firewalls:
    description:
      - The firewalls that are expected to be archived, as a discovery, an inventory or a list has them. One that is not archived is a finding.
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
          - The firewall's name, for people.
        type: str
      project_name:
        description:
          - The name of the firewall's project, for people.
        type: str
  log_types:
    description:
      - The types of logs that the archive is expected to have for each of the O(firewalls). Needs O(firewalls).
      - By default V(internet), V(vpc) and V(nat), the same as M(cloudaudit.huaweicloud.cfw_flow_log_archive) collects.
    type: list
    elements: str
    choices: [internet, vpc, nat, vgw]
  scope:
    description:
      - What the audit is about, where O(firewalls) are given.
      - "V(listed): The O(firewalls), and no others that the archive may have."
      - "V(archive): All that the archive has, and the O(firewalls) are all that exist. Others are stated as no longer expected."
    type: str
    choices: [listed, archive]
    default: listed
  unreadable:
    description:
      - What a discovery or a collection could not read, so that it is not taken for something that is empty.
      - Entries of RV(cloudaudit.huaweicloud.cfw_firewall_info#module:unreadable) can be given as they are.
    type: list
    elements: dict
    suboptions:
      project_id:
        description:
          - The ID of the project.
        type: str
        required: true
      project_name:
        description:
          - The name of the project, for people.
        type: str
      fw_instance_id:
        description:
          - The ID of the firewall instance. Without it the whole project is meant.
        type: str
      log_type:
        description:
          - The type of logs. Without it all are meant.
        type: str
      error:
        description:
          - Why it could not be read.
        type: str
        required: true
      code:
        description:
          - The service's code of the error.
        type: str
      status:
        description:
          - The HTTP status of the answer.
        type: int
      request_id:
        description:
          - The service's ID of the request.
        type: str
  start_time:
    description:
      - The start of the time range that is asked about. By default the start of each stream's coverage.
      - One of epoch milliseconds (V(1663555012000)), ISO 8601 (V(2026-11-22T08:00:00+08:00); without an offset it is UTC, a date alone is
        its midnight), or relative to now (V(-7d), V(-90m), V(-1h30m), V(now)).
    type: str
  end_time:
    description:
      - The end of the time range that is asked about, in the same forms as O(start_time). By default now, so that a collection that
        has stopped is found.
    type: str
  settle:
    description:
      - How old a moment may be without being archived, and without being stated as missing. Give the interval of the collection, and its
        O(cloudaudit.huaweicloud.cfw_flow_log_archive#module:settle).
      - Seconds (V(900)), or a length with units (V(15m), V(1h30m), V(1d)).
    type: str
    default: 1d
  verify:
    description:
      - How deep the archive is verified.
      - "V(none): Only the newest commit of each stream is read."
      - "V(chain): All commits and summaries are read, and whether each object is there with the size that was written down is checked."
      - "V(data): All data are read too, and held against their commits."
    type: str
    choices: [none, chain, data]
    default: chain
  heads:
    description:
      - Heads that are known from elsewhere, for example from the results of earlier tasks. They prove that the newest commits were not cut off.
      - One that is in none of the verified streams is a finding.
      - Constraint. 64 hexadecimal digits each (SHA-256). The summary of each run of the role ends with them; the guide to security shows how
        they are taken from a saved log.
    type: list
    elements: str
  public_keys:
    description:
      - The public Ed25519 keys of those who may have signed the archive, each as a file's full path or as PEM text. After a change of keys give the
        old ones too. Needs the Python library C(cryptography).
      - With them a commit is a finding when its signature is wrong or of another key, when it has none after signed ones, or when nothing signed
        follows it. Without them signatures are not looked at, and a report of a signed archive says so beside
        its verdict.
    type: list
    elements: str
  retention:
    description:
      - Rules that say how long logs must be kept. Each stream is judged against each of them, from evidence.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - The rule's name. Three are ready and need no more - V(china-cybersecurity-law) and V(mlps-2.0) (180 days), and V(pci-dss-4)
            (365 days, the latest 90 immediately available).
        type: str
        required: true
      days:
        description:
          - How many days must be kept.
          - Constraint. 1 to 36500.
        type: int
      immediately:
        description:
          - How many of them, the latest, must be at hand. Needs O(verify=chain) or O(verify=data).
          - Constraint. 0 to O(retention[].days).
        type: int
"""
