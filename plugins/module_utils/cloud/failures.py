# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an exception of the transport to one TransportError that says what happened and what to do.

The library's exceptions hold the request, and with it the credentials: none of them is kept or chained, and their text
is not used.
"""

from __future__ import annotations

import os
import socket
import ssl
from typing import Iterator
from urllib.parse import urlsplit

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.http_library import requests, urllib3
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import TransportError


def failure(error: BaseException, base_url: str, proxied: bool) -> tuple[TransportError, bool]:
    """(error, whether it can pass by itself)."""
    host = urlsplit(base_url).hostname
    causes = list(_causes(error))

    def find(*kinds: type[BaseException]) -> BaseException | None:
        return next((cause for cause in causes if isinstance(cause, kinds)), None)

    certificate = find(ssl.SSLCertVerificationError)
    if certificate is not None:
        reason = getattr(certificate, "verify_message", "") or "not trusted"
        return (
            TransportError(f"The certificate of {host} was not accepted: {reason}.", "Set ca_path to the CA that signed it, or correct the address."),
            False,
        )
    if find(requests.exceptions.ProxyError, urllib3.exceptions.ProxyError) is not None:
        return (
            TransportError(f"The proxy did not pass on a connection to {host}.", "Check HTTPS_PROXY and NO_PROXY, and the proxy's own credentials."),
            not any("407" in str(cause) for cause in causes),
        )
    resolution = find(socket.gaierror)
    if resolution is not None or any(type(cause).__name__ == "NameResolutionError" for cause in causes):
        passing = getattr(resolution, "errno", None) == socket.EAI_AGAIN
        return TransportError(f"The name {host} can't be resolved.", "Check the spelling of region and endpoint, and the name service."), passing
    if find(ssl.SSLError) is not None:
        return TransportError(f"No TLS connection to {host} could be made.", "Check the address, its port, and proxies in between."), True
    numbered = find(ConnectionError)
    if isinstance(numbered, OSError) and numbered.errno is not None:
        # before the time-outs: urllib3 calls a refused connection a kind of those
        via = " (through the proxy)" if proxied else ""
        return TransportError(f"The connection to {host}{via} failed: {os.strerror(numbered.errno)}.", "Check the network, endpoint and proxies."), True
    if find(requests.exceptions.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError) is not None:
        return TransportError(f"{host} did not take a connection in time.", "Check the network, firewalls, endpoint and proxies."), True
    if find(requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, socket.timeout) is not None:
        return TransportError(f"{host} did not answer in time.", "Set timeout higher, or ask for less at once."), True
    if find(urllib3.exceptions.IncompleteRead, urllib3.exceptions.ProtocolError, requests.exceptions.ChunkedEncodingError) is not None:
        return TransportError(f"{host} closed the connection before its answer was complete.", "Check the network, endpoint and proxies."), True
    return TransportError(f"The connection to {host} failed: {type(error).__name__}.", "Check the network, endpoint and proxies."), True


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and everything it wraps, whichever way it does so."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        current = waiting.pop()
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]
