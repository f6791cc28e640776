# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that say which archive, and which part of it."""

from __future__ import annotations


class ModuleDocFragment:
    """Shared by the module that writes archives and the module that reads them."""

    DOCUMENTATION = r"""
options:
  archive:
    description:
      - Where the archive is. Either a folder, or a place in an object store as V(s3://bucket/prefix). OBS too is written so.
      - A relative path starts at the folder in which the module runs; C(~) is the user's home.
      - An object store needs O(s3_endpoint_url) and the Python library C(boto3), version 1.36 or newer. The bucket must exist. The access key
        must be allowed to list the bucket and its unfinished uploads, and to read, write and delete objects below the prefix.
    type: str
    required: true
  s3_endpoint_url:
    description:
      - The address of the object store, for example V(https://obs.cn-north-4.myhuaweicloud.com).
      - C(http://) is refused, unless the address is this machine itself.
      - Environment. C(AWS_ENDPOINT_URL_S3), C(AWS_ENDPOINT_URL), C(OBS_ENDPOINT).
    type: str
  s3_access_key:
    description:
      - The access key ID for the object store. It goes together with O(s3_secret_key).
      - When neither an option nor the environment has one, C(boto3) looks for one itself, for example in C(~/.aws/credentials).
      - Environment. C(AWS_ACCESS_KEY_ID), C(OBS_ACCESS_KEY_ID).
    type: str
  s3_secret_key:
    description:
      - The secret access key for the object store.
      - Environment. C(AWS_SECRET_ACCESS_KEY), C(OBS_SECRET_ACCESS_KEY).
    type: str
  s3_security_token:
    description:
      - The security token of a temporary access key.
      - Environment. C(AWS_SESSION_TOKEN), C(OBS_SECURITY_TOKEN).
    type: str
  s3_region:
    description:
      - The region of the object store. By default the one that O(s3_endpoint_url) names, else V(us-east-1).
      - Environment. C(AWS_REGION), C(AWS_DEFAULT_REGION).
    type: str
  s3_ca_path:
    description:
      - The path of a file with the certificates (PEM) of the authorities to trust for O(s3_endpoint_url).
    type: path
  s3_addressing_style:
    description:
      - How requests name the bucket.
      - "V(auto): As V(virtual) on OBS and AWS, which refuse the other, and as V(path) everywhere else."
      - "V(path): In the path of the address."
      - "V(virtual): As the first part of the host's name."
    type: str
    choices: [auto, path, virtual]
    default: auto
"""
