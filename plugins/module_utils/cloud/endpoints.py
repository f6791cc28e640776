# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a region or a given address to the base URL of a service (API.md, Endpoints).

Credentials travel to these addresses, so they are checked: ``https`` always, ``http`` for loopback only, no user
information, no query, and a region must be a plain name because it becomes part of a host name.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError

DEFAULT_DOMAIN = "myhuaweicloud.com"
DOMAIN_OF_REGION = {
    "eu-west-101": "myhuaweicloud.eu",
    "eu-de": "otc.t-systems.com",
    "eu-nl": "otc.t-systems.com",
}
_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_IAM_VERSION = re.compile(r"/v3(\.0)?$")


def is_loopback(host: str | None) -> bool:
    if host is None:
        return False
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def for_region(service: str, region: str) -> str:
    """``https://cfw.eu-west-101.myhuaweicloud.eu``. Raises OptionError for what can't be a region's name."""
    if len(region) > 63 or not _REGION.fullmatch(region):
        raise OptionError(
            f"The region {region!r} is not a region's name.",
            "Give a name such as cn-north-4 or eu-west-101.",
            option="region",
            value=region,
        )
    return f"https://{service}.{region}.{DOMAIN_OF_REGION.get(region, DEFAULT_DOMAIN)}"


def from_url(url: str, option: str) -> str:
    """A user's address, checked, without a trailing slash; paths before the API's own are kept."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise OptionError(f"{option} is not a URL.", "Give an address such as https://host or https://host:port.", option=option) from None
    if "@" in parts.netloc:
        raise OptionError(f"{option} holds a user or password.", "Give the address alone; credentials have options of their own.", option=option)
    if parts.scheme not in ("https", "http") or not host or re.search(r"[\s\x00-\x1f\x7f]", url.strip()):
        raise OptionError(f"{option} {url!r} is not a https:// URL.", "Give an address such as https://host or https://host:port.", option=option, value=url)
    if parts.query or parts.fragment:
        raise OptionError(f"{option} {url!r} has a query or a fragment.", "Give scheme, host, port and path only.", option=option, value=url)
    if parts.scheme == "http" and not is_loopback(host):
        raise OptionError(
            f"{option} {url!r} is not encrypted: credentials and records would travel in the clear.",
            "Use https://; http:// is for loopback addresses only.",
            option=option,
            value=url,
        )
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}"


def iam_from_url(url: str, option: str) -> str:
    """As from_url; users of OpenStack tools write the API's version at the end, which the calls name themselves."""
    return _IAM_VERSION.sub("", from_url(url, option))
