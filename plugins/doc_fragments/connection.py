# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the connection, documented once for modules and for other plugins."""

from __future__ import annotations

import re


class ModuleDocFragment:
    """DOCUMENTATION is for modules. PLUGIN is the same text for plugins, which can read their options from variables as well."""

    DOCUMENTATION = r"""
options:
  access_key:
    description:
      - The access key ID (AK) of a permanent or temporary access key. It goes together with O(secret_key).
      - Environment. C(ANSIBLE_HWC_ACCESS_KEY), C(HW_ACCESS_KEY), C(HUAWEICLOUD_SDK_AK), C(OS_ACCESS_KEY).
    type: str
    aliases: [ak]
  secret_key:
    description:
      - The secret access key (SK). It signs each request and is never sent.
      - Environment. C(ANSIBLE_HWC_SECRET_KEY), C(HW_SECRET_KEY), C(HUAWEICLOUD_SDK_SK), C(OS_SECRET_KEY).
    type: str
    aliases: [sk]
  security_token:
    description:
      - The security token of a temporary access key, next to O(access_key) and O(secret_key).
      - Environment. C(HW_SECURITY_TOKEN), C(HUAWEICLOUD_SDK_SECURITY_TOKEN), C(OS_SECURITY_TOKEN).
    type: str
  auth_token:
    description:
      - A user token that you obtained from IAM, as the specification's request header C(X-Auth-Token) takes it.
      - It belongs to one project and ends within 24 hours. It can't be renewed here, so other ways suit long tasks better.
      - Environment. C(HW_AUTH_TOKEN), C(OS_AUTH_TOKEN), C(OS_TOKEN).
    type: str
    aliases: [token]
  user_name:
    description:
      - The name of an IAM user. Goes together with O(password), and with O(domain_name) or O(domain_id).
      - Environment. C(ANSIBLE_HWC_USER), C(HW_USER_NAME), C(OS_USERNAME).
    type: str
    aliases: [user]
  password:
    description:
      - The password of the IAM user. Tokens obtained with it are renewed before they end, and live in memory only.
      - Environment. C(ANSIBLE_HWC_PASSWORD), C(HW_USER_PASSWORD), C(OS_PASSWORD).
    type: str
  domain_name:
    description:
      - The name of the account (domain) that the IAM user belongs to.
      - Environment. C(ANSIBLE_HWC_DOMAIN), C(HW_DOMAIN_NAME), C(OS_DOMAIN_NAME), C(OS_USER_DOMAIN_NAME).
    type: str
    aliases: [domain]
  domain_id:
    description:
      - The ID of the account (domain) that the IAM user belongs to.
      - Environment. C(HW_DOMAIN_ID), C(HUAWEICLOUD_SDK_DOMAIN_ID).
    type: str
  project_id:
    description:
      - The ID of the project; the path parameter C(project_id) of the service's calls.
      - When it is not given, O(project_name) is looked up, and without that the project whose name is the O(region).
      - Environment. C(ANSIBLE_HWC_PROJECT_ID), C(HW_PROJECT_ID), C(HUAWEICLOUD_SDK_PROJECT_ID), C(OS_PROJECT_ID).
    type: str
  project_name:
    description:
      - The name of the project, for example V(cn-north-4).
      - Environment. C(ANSIBLE_HWC_PROJECT), C(HW_PROJECT_NAME), C(OS_PROJECT_NAME).
    type: str
    aliases: [project]
  region:
    description:
      - The region, for example V(cn-north-4). It names the endpoints, unless O(endpoint) and O(auth_url) do.
      - Environment. C(ANSIBLE_HWC_REGION), C(HW_REGION_NAME), C(OS_REGION_NAME).
    type: str
  auth_url:
    description:
      - The address of IAM. By default C(https://iam.REGION.myhuaweicloud.com).
      - C(http://) is refused, unless the address is this machine itself.
      - Environment. C(ANSIBLE_HWC_IDENTITY_ENDPOINT), C(HW_AUTH_URL), C(HUAWEICLOUD_SDK_IAM_ENDPOINT), C(OS_AUTH_URL).
    type: str
    aliases: [identity_endpoint]
  endpoint:
    description:
      - The address of the Cloud Firewall service. By default C(https://cfw.REGION.myhuaweicloud.com).
      - C(http://) is refused, unless the address is this machine itself.
      - Environment. C(HW_CFW_ENDPOINT).
    type: str
  credentials_file:
    description:
      - The path of the credentials file that the vendor's SDKs use too (INI, section C([basic])).
      - By default C(~/.huaweicloud/credentials).
      - Environment. C(HUAWEICLOUD_SDK_CREDENTIALS_FILE).
    type: path
  auth_source:
    description:
      - Which source of credentials is used.
      - V(auto) takes the first that is complete. Options come before the environment, the environment before the file, and the file
        before the metadata service of the machine. The O(credentials_file), when it is given as an option, comes before the environment.
      - Within one of them a token comes before an access key, and that before a password.
      - The other values force one way.
      - "V(auto): The first that is complete."
      - "V(token): O(auth_token)."
      - "V(access_key): O(access_key) with O(secret_key)."
      - "V(password): O(user_name) with O(password)."
      - "V(file): O(credentials_file)."
      - "V(metadata): The temporary keys of the agency of the cloud server that the task runs on."
    type: str
    choices: [auto, token, access_key, password, file, metadata]
    default: auto
  enterprise_project_id:
    description:
      - The ID of the enterprise project that the firewall belongs to. V(0) is the default enterprise project.
      - Constraint. 1 to 64 letters, digits, hyphens and underscores.
      - Source. "Querying Flow Logs", table "Query Parameters".
      - Environment. C(HW_ENTERPRISE_PROJECT_ID).
    type: str
  validate_certs:
    description:
      - Whether the certificates of the endpoints are checked. Set it to V(false) on test systems only.
      - By default V(true), unless an environment variable turns it off.
      - Environment. C(HW_INSECURE), C(OS_INSECURE).
    type: bool
  ca_path:
    description:
      - The path of a file with the certificates (PEM) of the authorities to trust, instead of those that Python's C(requests) brings.
      - Environment. C(OS_CACERT).
    type: path
  timeout:
    description:
      - The time in seconds that one try of a request may take.
    type: float
    default: 30
  retry_timeout:
    description:
      - The time in seconds, from its first try, during which a request is tried again when it failed for a reason that can pass
        (no connection, statuses 429 and 5xx, an incomplete answer).
      - V(0) means that nothing is tried again. Other errors are never tried again.
    type: float
    default: 120
  rate_limit:
    description:
      - The most requests in a second. When it is not given, the pace is learnt from what the service refuses.
    type: float
notes:
  - Connection options that are not given, or empty, are read from the environment of the machine on which the plugin runs, in the order
    C(ANSIBLE_HWC_*), C(HW_*), C(HUAWEICLOUD_SDK_*), C(OS_*).
  - Keys, passwords and tokens are in memory only. They are in no log, no error, no result and no file.
requirements:
  - requests
"""

    # Annotated, since ansible-test takes plain assignments for texts that it can read without running anything.
    PLUGIN: str = re.sub(r"(?m)^  (\w+):\n    description:", r"  \1:\n    vars:\n      - name: cloudaudit_huaweicloud_\1\n    description:", DOCUMENTATION)
