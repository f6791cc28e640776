# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``requests`` in one place, so that every other file can be imported where it is missing (documentation, tests)."""

from __future__ import annotations

from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import DependencyError

__all__ = (
    "AuthBase",
    "HTTPAdapter",
    "HTTPConnection",
    "HTTPConnectionPool",
    "HTTPSConnection",
    "HTTPSConnectionPool",
    "require",
    "requests",
    "urllib3",
)

requests: Any
urllib3: Any
AuthBase: Any
HTTPAdapter: Any
HTTPConnection: Any
HTTPSConnection: Any
HTTPConnectionPool: Any
HTTPSConnectionPool: Any

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from requests.auth import AuthBase
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    _MISSING = False
except ImportError:
    _MISSING = True
    requests = urllib3 = None
    HTTPAdapter = AuthBase = object
    HTTPConnection = HTTPSConnection = HTTPConnectionPool = HTTPSConnectionPool = object


def require() -> None:
    """Raises DependencyError where ``requests`` is not installed."""
    if _MISSING:
        raise DependencyError("requests", "to talk to the cloud")
