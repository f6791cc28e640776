# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AK/SK request signing (SDK-HMAC-SHA256) as a ``requests`` authentication object.

What is signed is read back from the prepared request, so the signature always covers what goes out. Signed headers are
``host``, ``content-type`` and every ``x-*`` header; headers that proxies may change are left alone.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Iterable
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.http_library import AuthBase

if TYPE_CHECKING:
    from requests import PreparedRequest

ALGORITHM = "SDK-HMAC-SHA256"
DATE_FORMAT = "%Y%m%dT%H%M%SZ"


def encode(text: str) -> str:
    """Percent-encode UTF-8 as the signature wants it: everything but unreserved characters, space as ``%20``."""
    return quote(text, safe="~")


def encode_path(path: str) -> str:
    return "/".join(encode(segment) for segment in path.split("/"))


def canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    """The query string, sorted and encoded once: both what is signed and what is sent."""
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in sorted(pairs))


@lru_cache(maxsize=256)
def _canonical_path(path: str) -> str:
    encoded = encode_path(unquote(path))
    return encoded if encoded.endswith("/") else encoded + "/"


class AccessKeyAuth(AuthBase):
    """Signs one request with an access key, and with the security token that temporary keys come with."""

    def __init__(self, access_key: str, secret_key: str, security_token: str | None = None) -> None:
        self._access_key = access_key
        self._secret_key = secret_key.encode("utf-8")
        self._security_token = security_token

    def __repr__(self) -> str:
        return "AccessKeyAuth(****)"

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        url = urlsplit(str(request.url))
        headers = request.headers
        headers.setdefault("Host", url.netloc.rpartition("@")[2])
        headers.setdefault("X-Sdk-Date", time.strftime(DATE_FORMAT, time.gmtime()))
        if self._security_token:
            headers["X-Security-Token"] = self._security_token
        signed = sorted(
            (name.lower(), str(value).strip()) for name, value in headers.items() if name.lower() in ("host", "content-type") or name.lower().startswith("x-")
        )
        names = ";".join(name for name, value in signed)
        body = request.body or b""
        canonical = "\n".join(
            (
                str(request.method).upper(),
                _canonical_path(url.path),
                canonical_query(parse_qsl(url.query, keep_blank_values=True)),
                "".join(f"{name}:{value}\n" for name, value in signed),
                names,
                hashlib.sha256(body.encode("utf-8") if isinstance(body, str) else body).hexdigest(),
            )
        )
        digest = hashlib.sha256(canonical.encode("utf-8")).hexdigest()
        to_sign = f"{ALGORITHM}\n{headers['X-Sdk-Date']}\n{digest}"
        signature = hmac.new(self._secret_key, to_sign.encode("utf-8"), hashlib.sha256).hexdigest()
        headers["Authorization"] = f"{ALGORITHM} Access={self._access_key}, SignedHeaders={names}, Signature={signature}"
        return request
