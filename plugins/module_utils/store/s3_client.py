# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""boto3 in one place: a client with settings that OBS, Ceph and AWS all take, and its errors as ours.

What is set and why (all of it was tried over TLS, where boto3's own defaults fail):
checksums only where required, since the default ones are sent in a form that OBS and Ceph refuse (400, 411);
signatures of version 4 with an unsigned payload, which TLS and C{Content-MD5} protect; virtual addresses on OBS and
AWS, which refuse others, and paths everywhere else.
"""

from __future__ import annotations

import os
import re
import threading
from typing import Any, Mapping, NoReturn
from urllib.parse import urlsplit

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, DependencyError, OptionError

try:
    import boto3
    import botocore
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    _MISSING = False
except ImportError:
    _MISSING = True
    boto3 = botocore = Config = None
    BotoCoreError = type("BotoCoreError", (Exception,), {})
    ClientError = type("ClientError", (Exception,), {})

__all__ = ("BotoCoreError", "ClientError", "check_options", "code_of", "connect", "fail")

_OLDEST = (1, 36)  # the first botocore that can be told which checksums to send
_VIRTUAL = re.compile(r"(^|\.)(obs\.[^/]*|s3[.-][^/]*amazonaws\.com(\.cn)?|s3\.amazonaws\.com)$")
_REGION = re.compile(r"(?:^|\.)(?:obs|s3)[.-]([a-z0-9-]+)\.(?:myhuaweicloud|amazonaws|otc\.t-systems)\.")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ENVIRONMENT = {
    "s3_endpoint_url": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "OBS_ENDPOINT"),
    "s3_access_key": ("AWS_ACCESS_KEY_ID", "OBS_ACCESS_KEY_ID"),
    "s3_secret_key": ("AWS_SECRET_ACCESS_KEY", "OBS_SECRET_ACCESS_KEY"),
    "s3_security_token": ("AWS_SESSION_TOKEN", "OBS_SECURITY_TOKEN"),
    "s3_region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
}
_HINTS = {
    "NoSuchBucket": "Check the bucket's name, s3_endpoint_url and s3_region; was it removed?",
    "AccessDenied": "The access key may not do that: it needs to list, read, write and delete below the prefix.",
    "AllAccessDisabled": "The bucket's owner must enable it again.",
    "InvalidAccessKeyId": "The store does not know the access key (any more): check s3_access_key and s3_endpoint_url.",
    "SignatureDoesNotMatch": "The secret key does not fit the access key: check s3_secret_key.",
    "ExpiredToken": "The temporary key has ended: get a new one and run again.",
    "RequestTimeTooSkewed": "This machine's clock is wrong by more than the store accepts: set it.",
    "QuotaExceeded": "The quota is used up: raise it, then run again; nothing committed was harmed.",
    "InsufficientStorageSpace": "The bucket's quota is used up: raise it, then run again; nothing committed was harmed.",
    "BadDigest": "The bytes were changed on their way: run again; if it happens again, look for what changes them.",
    "InvalidRegion": "Set s3_region to the bucket's region.",
    "AuthorizationHeaderMalformed": "Set s3_region to the bucket's region.",
    "PermanentRedirect": "Set s3_endpoint_url to the bucket's region.",
    "VirtualHostDomainRequired": "Set s3_addressing_style to virtual.",
    "InvalidRequest": "The store does not take this request: check s3_server_side_encryption and object lock.",
    "NotImplemented": "The store can't do that: leave out the option that asks for it.",
}


_making = threading.Lock()
_session: Any = None  # reading boto3's description of S3 takes half a second; the session keeps it


def check_options(options: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The options with what the environment adds. @raise OptionError: one is wrong or missing, before anything is asked."""
    environ = os.environ if environ is None else environ
    settled = {name: value for name, value in options.items() if value not in (None, "")}
    keys = ("s3_access_key", "s3_secret_key", "s3_security_token")
    # a key from one place is never mixed with a secret from another
    if not any(name in settled for name in keys):
        families = [{name: environ.get(_ENVIRONMENT[name][number], "") for name in keys} for number in range(2)]
        settled.update(next(({name: value for name, value in family.items() if value} for family in families if any(family.values())), {}))
    for name in ("s3_endpoint_url", "s3_region"):
        settled.setdefault(name, next((environ[variable] for variable in _ENVIRONMENT[name] if environ.get(variable)), ""))
    if ("s3_access_key" in settled) != ("s3_secret_key" in settled):
        raise OptionError("s3_access_key and s3_secret_key go together, and only one is given.", "Give both, or neither.", option="s3_access_key")
    _check_endpoint(settled["s3_endpoint_url"])
    encryption = settled.get("s3_server_side_encryption", "AES256")
    if encryption != "AES256" and not re.fullmatch(r"aws:kms(:.+)?", encryption):
        allowed = ["AES256", "aws:kms", "aws:kms:KEY-ID"]
        raise OptionError(
            f"s3_server_side_encryption is '{encryption}'.", f"Take one of {', '.join(allowed)}.", "s3_server_side_encryption", encryption, allowed
        )
    days = settled.get("s3_object_lock_days", 0)
    if isinstance(days, bool) or not 0 <= days <= 36500:
        raise OptionError(f"s3_object_lock_days is {days}.", "Give days from 0 (none) to 36500.", "s3_object_lock_days", days, "0 to 36500")
    return settled


def _check_endpoint(url: str) -> None:
    if not url:
        raise OptionError(
            "An archive in an object store needs the store's address.",
            "Set s3_endpoint_url, for example https://obs.cn-north-4.myhuaweicloud.com (or https://s3.eu-central-1.amazonaws.com).",
            option="s3_endpoint_url",
        )
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise OptionError(
            "s3_endpoint_url is no address of an object store.", "Write https://HOST[:PORT].", option="s3_endpoint_url", allowed="https://HOST[:PORT]"
        )
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise OptionError(
            f"s3_endpoint_url is {url}: over http:// records could be read and changed on their way.",
            "Write https://; http:// is for this machine itself only.",
            option="s3_endpoint_url",
            value=url,
        )


def connect(settled: Mapping[str, Any], once: bool = False) -> Any:
    """A client that many threads may use, from what C{check_options} returned; C{once}: one that sends each request once, and soon gives up.

    @raise DependencyError: boto3 is missing, or too old.
    """
    if _MISSING or tuple(int(part) for part in botocore.__version__.split(".")[:2]) < _OLDEST:
        raise DependencyError("boto3", "for archives in object stores (version 1.36 or newer)", "pip install 'boto3>=1.36'")
    host = urlsplit(settled["s3_endpoint_url"]).hostname or ""
    style = settled.get("s3_addressing_style", "auto")
    if style == "auto":
        style = "virtual" if _VIRTUAL.search(host) else "path"
    found = _REGION.search(host)
    global _session  # pylint: disable=global-statement
    try:
        with _making:
            _session = _session or boto3.session.Session()
            return _session.client(
                "s3",
                endpoint_url=settled["s3_endpoint_url"],
                region_name=settled["s3_region"] or (found[1] if found else "us-east-1"),
                aws_access_key_id=settled.get("s3_access_key"),
                aws_secret_access_key=settled.get("s3_secret_key"),
                aws_session_token=settled.get("s3_security_token"),
                verify=settled.get("s3_ca_path"),
                config=Config(
                    signature_version="s3v4",
                    s3={"addressing_style": style, "payload_signing_enabled": False},
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                    retries={"mode": "standard", "total_max_attempts": 1 if once else 8},
                    connect_timeout=5 if once else 10,
                    read_timeout=10 if once else 60,
                    max_pool_connections=64,
                    tcp_keepalive=True,
                ),
            )
    except (BotoCoreError, ValueError) as exc:
        raise ArchiveError(f"Can't prepare to speak to {host}: {exc}.", "Check the s3_ options.") from exc


def code_of(exc: Exception) -> str:
    """The store's name for an error; for an answer without a body its HTTP status; empty when there was no answer."""
    response = getattr(exc, "response", None)
    if not isinstance(response, dict):
        return ""
    return str(response.get("Error", {}).get("Code") or response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))


def fail(verb: str, where: str, exc: Exception) -> NoReturn:
    """@raise ArchiveError: what, where, why, and what to do."""
    code = code_of(exc)
    if not code:
        # botocore's own errors name the address and the reason, never a key
        hint = "Check s3_endpoint_url, s3_ca_path and the network, then run again; nothing committed was harmed."
        raise ArchiveError(f"Can't {verb} {where}: {_plain(exc)}.", hint, path=where) from exc
    metadata = exc.response.get("ResponseMetadata", {})  # type: ignore[attr-defined]
    status = metadata.get("HTTPStatusCode")
    said = exc.response.get("Error", {}).get("Message")  # type: ignore[attr-defined]
    hint = _HINTS.get(code) or _HINTS["AccessDenied" if status == 403 else "NoSuchBucket" if status == 404 else "InvalidRequest"]
    if status in (429, 500, 502, 503, 504):
        hint = "The store fails, also when asked again: run again later; nothing committed was harmed."
    text = f"{code}{f', {said.rstrip(chr(46))[:200]}' if said and said != code else ''} (status {status}, request {metadata.get('RequestId') or 'without ID'})"
    raise ArchiveError(f"Can't {verb} {where}: {text}.", hint, path=where, error_code=code, status=status, request_id=metadata.get("RequestId")) from exc


def _plain(exc: Exception) -> str:
    text = " ".join(str(exc).split()).rstrip(".")
    return text if len(text) <= 300 else text[:299] + "\u2026"
