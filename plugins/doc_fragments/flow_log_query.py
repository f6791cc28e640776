# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameters of the flow log query, documented once for the module and the lookup."""

from __future__ import annotations


class ModuleDocFragment:
    """Constraints are those of the table in module_utils/cfw/query.py; a test holds both equal."""

    DOCUMENTATION = r"""
options:
  fw_instance_id:
    description:
      - The ID of the firewall instance. M(cloudaudit.huaweicloud.cfw_firewall_info) returns it as
        RV(cloudaudit.huaweicloud.cfw_firewall_info#module:firewalls[].id).
      - Constraint. Mandatory; 1 to 64 letters, digits, hyphens and underscores.
      - Source. "Querying Flow Logs", table "Query Parameters".
    type: str
    required: true
"""

    # Everything but the firewall: the lookup takes firewalls as its terms.
    FILTERS = r"""
options:
  start_time:
    description:
      - The start of the time range.
      - One of epoch milliseconds (V(1663555012000)), ISO 8601 (V(2026-11-22T08:00:00+08:00); without an offset it is UTC, a date alone is
        its midnight), or relative to the clock of the machine that asks (V(-7d), V(-90m), V(-1h30m), V(now)).
      - The service keeps flow logs for seven days. What is older can't be had, and an answer about it is never called complete.
      - Constraint. Mandatory; a time between 2001 and 2286.
      - Source. "Querying Flow Logs", table "Query Parameters".
    type: str
    required: true
  end_time:
    description:
      - The end of the time range, in the same forms as O(start_time). Whether records of exactly this millisecond belong to the answer is
        the service's choice; its specification does not tell.
      - Constraint. Mandatory; later than O(start_time).
      - Source. "Querying Flow Logs", table "Query Parameters".
    type: str
    required: true
  log_type:
    description:
      - Which traffic the logs are about.
      - The specification does not tell what is returned when it is not given, so better give it.
      - Source. "Querying Flow Logs", table "Query Parameters".
      - "V(internet): Between the Internet and the cloud (north-south)."
      - "V(vpc): Between VPCs (east-west)."
      - "V(nat): Through NAT gateways."
      - "V(vgw): Through virtual gateways. In newer regions only."
    type: str
    choices: [internet, vpc, nat, vgw]
  direction:
    description:
      - The direction of the traffic. The value is passed on as it is, since the vendor's documents do not agree on which one is inbound.
      - Source. "Querying Flow Logs", table "Query Parameters".
    type: str
    choices: [in2out, out2in]
  src_ip:
    description:
      - The source IP address.
      - Constraint. One IPv4 or IPv6 address.
      - Source. "Querying Flow Logs", table "Query Parameters".
    type: str
  src_port:
    description:
      - The source port.
      - Constraint. An integer from V(0) to V(65535).
      - Source. "Querying Flow Logs", table "Query Parameters".
    type: int
  dst_ip:
    description:
      - The destination IP address.
      - Constraint. One IPv4 or IPv6 address.
      - Source. "Querying Flow Logs", table "Query Parameters".
    type: str
  dst_port:
    description:
      - The destination port.
      - Constraint. An integer from V(0) to V(65535).
      - Source. "Querying Flow Logs", table "Query Parameters".
    type: int
  protocol:
    description:
      - The protocol, by number or by name. What you give is passed on. The specification has numbers, newer pages of the vendor have names.
      - Constraint. One of V(6), V(17), V(1), V(58), V(-1), V(TCP), V(UDP), V(ICMP), V(ICMPv6), V(ANY); capitals and small letters are the same.
      - Source. "Querying Flow Logs", table "Query Parameters".
    type: str
  app:
    description:
      - The application protocol, for example V(HTTPS), V(DNS) or V(SSH). The list is open.
      - Constraint. 1 to 256 characters without control characters.
      - Source. "Querying Flow Logs", table "Query Parameters".
    type: str
  dst_host:
    description:
      - The destination host.
      - Constraint. 1 to 256 characters without control characters.
      - Source. "Querying Flow Logs", table "Query Parameters".
    type: str
  src_region_name:
    description:
      - The name of the source's country or region. In newer regions of the cloud only.
      - Constraint. 1 to 256 characters without control characters.
      - Source. The vendor's newer pages of "Querying Flow Logs".
    type: str
  dst_region_name:
    description:
      - The name of the destination's country or region. In newer regions of the cloud only.
      - Constraint. 1 to 256 characters without control characters.
      - Source. The vendor's newer pages of "Querying Flow Logs".
    type: str
  src_province_name:
    description:
      - The name of the source's province. In newer regions of the cloud only.
      - Constraint. 1 to 256 characters without control characters.
      - Source. The vendor's newer pages of "Querying Flow Logs".
    type: str
  dst_province_name:
    description:
      - The name of the destination's province. In newer regions of the cloud only.
      - Constraint. 1 to 256 characters without control characters.
      - Source. The vendor's newer pages of "Querying Flow Logs".
    type: str
  src_city_name:
    description:
      - The name of the source's city. In newer regions of the cloud only.
      - Constraint. 1 to 256 characters without control characters.
      - Source. The vendor's newer pages of "Querying Flow Logs".
    type: str
  dst_city_name:
    description:
      - The name of the destination's city. In newer regions of the cloud only.
      - Constraint. 1 to 256 characters without control characters.
      - Source. The vendor's newer pages of "Querying Flow Logs".
    type: str
  log_id:
    description:
      - Where to go on. The C(log_id) of the last record that you have.
      - Constraint. Only together with O(next_date); 1 to 256 characters without control characters.
      - Source. "Querying Flow Logs", table "Query Parameters".
    type: str
  next_date:
    description:
      - Where to go on. The time of the last record that you have, in epoch milliseconds.
      - Constraint. Only together with O(log_id); an integer from V(0) to V(9999999999999).
      - Source. "Querying Flow Logs", table "Query Parameters".
    type: int
  offset:
    description:
      - The position of the first record to return. The service's default is 0.
      - Constraint. An integer from V(0) to V(2147483647).
      - Source. "Querying Flow Logs", table "Query Parameters".
    type: int
  limit:
    description:
      - The number of records on a page, that is in one answer of the service. It does not bound the result. O(max_records) does.
      - Constraint. An integer from V(1) to V(1024).
      - Source. "Querying Flow Logs", table "Query Parameters".
    type: int
    default: 1024
  max_records:
    description:
      - The most records to return. V(0) means no bound.
      - A bound that cuts the answer is said, by a warning, and by RV(cloudaudit.huaweicloud.cfw_flow_log_info#module:complete).
      - For more than some ten thousand records use M(cloudaudit.huaweicloud.cfw_flow_log_archive), because large results slow Ansible down.
    type: int
    default: 10000
  query:
    description:
      - A JMESPath expression (U(https://jmespath.org)) over an object with the keys C(records) (list), C(count) (integer) and C(total) (integer or null).
      - What it yields is returned instead of the records.
    type: str
requirements:
  - jmespath, when O(query) is used
"""
