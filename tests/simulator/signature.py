# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification of SDK-HMAC-SHA256, written from the public description of the algorithm.

It shares nothing with the collection's signer on purpose: a mistake in one of the two must not cancel itself out.
"""

from __future__ import annotations

import calendar
import hashlib
import hmac
import re
import time
from typing import Mapping
from urllib.parse import quote, unquote

ALGORITHM = "SDK-HMAC-SHA256"
_AUTHORIZATION = re.compile(r"SDK-HMAC-SHA256 Access=(?P<access>[^,\s]+), ?SignedHeaders=(?P<names>[^,\s]+), ?Signature=(?P<signature>[0-9a-f]{64})")


class SignatureRefused(Exception):
    """The request is not validly signed; str() says why."""


def _encoded(text: str) -> str:
    return quote(text, safe="~")


def _canonical_path(path: str) -> str:
    encoded = "/".join(_encoded(unquote(part)) for part in path.split("/"))
    return encoded if encoded.endswith("/") else encoded + "/"


def _canonical_query(query: str) -> str:
    pairs = []
    for part in query.split("&") if query else []:
        name, unused, value = part.partition("=")
        pairs.append((unquote(name), unquote(value)))
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in sorted(pairs))


def signing_time(text: str) -> int:
    """`X-Sdk-Date` (20261122T080000Z) as epoch ms."""
    try:
        return calendar.timegm(time.strptime(text, "%Y%m%dT%H%M%SZ")) * 1000
    except ValueError:
        raise SignatureRefused("X-Sdk-Date is not of the form 20261122T080000Z") from None


def access_key_of(authorization: str) -> str:
    """The access key that an Authorization header names."""
    match = _AUTHORIZATION.fullmatch(authorization)
    if not match:
        raise SignatureRefused("Authorization is not of the form SDK-HMAC-SHA256 Access=..., SignedHeaders=..., Signature=...")
    return match["access"]


def verify(secret_key: str, method: str, target: str, headers: Mapping[str, str], body: bytes) -> int:
    """Check the signature of one request as it was received; returns its signing time (epoch ms).

    `target` is the request line's path with its query; `headers` have lower-case names.
    Raises SignatureRefused.
    """
    match = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if not match:
        raise SignatureRefused("no SDK-HMAC-SHA256 Authorization")
    names = match["names"].split(";")
    if names != sorted(names) or any(name != name.lower() for name in names):
        raise SignatureRefused("SignedHeaders are not sorted and lower-case")
    for required in ("x-sdk-date", "host"):
        if required not in names:
            raise SignatureRefused(f"{required} is not signed")
    missing = [name for name in names if name not in headers]
    if missing:
        raise SignatureRefused(f"signed headers are missing: {', '.join(missing)}")
    date = headers["x-sdk-date"]
    body_hash = hashlib.sha256(body).hexdigest()
    named_hash = headers.get("x-sdk-content-sha256", body_hash)
    if named_hash not in (body_hash, "UNSIGNED-PAYLOAD"):
        raise SignatureRefused("X-Sdk-Content-Sha256 is not the body's")
    path, unused, query = target.partition("?")
    canonical = "\n".join(
        (
            method.upper(),
            _canonical_path(path),
            _canonical_query(query),
            "".join(f"{name}:{headers[name].strip()}\n" for name in names),
            ";".join(names),
            named_hash,
        )
    )
    text = "\n".join((ALGORITHM, date, hashlib.sha256(canonical.encode()).hexdigest()))
    expected = hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, match["signature"]):
        raise SignatureRefused("verify aksk signature fail, the signature does not match")
    return signing_time(date)
