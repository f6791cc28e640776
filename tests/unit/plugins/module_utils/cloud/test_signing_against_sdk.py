# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our signature is the vendor's: compared with the SDK's own signer over 1,000 seeded random requests."""

from __future__ import annotations

import random
import string

import requests
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud.signing import AccessKeyAuth, canonical_query, encode_path
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

ALPHABET = string.ascii_letters + string.digits + " ~-_.!*'()+&=?#%/:;,@$[]{}|\\\"<>^`äß漢字🔥"


def text(random_: random.Random, least: int, most: int, alphabet: str = ALPHABET) -> str:
    return "".join(random_.choice(alphabet) for _unused in range(random_.randint(least, most)))


def test_equal_over_1000_random_requests() -> None:
    random_ = random.Random(20261122)
    plain = string.ascii_letters + string.digits
    for number in range(1000):
        access_key, secret_key = text(random_, 20, 20, plain), text(random_, 40, 40, plain)
        host = random_.choice(["cfw.cn-north-4.myhuaweicloud.com", "127.0.0.1:8080", "[::1]:443"])
        path = "/" + "/".join(text(random_, 1, 12, ALPHABET.replace("/", "").replace("%", "")) for _unused in range(random_.randint(0, 5)))
        names = random_.sample(["limit", "offset", "fw_instance_id", "dst_host", "A", "a", "next_date", "tags"], random_.randint(0, 6))
        params = [(name, text(random_, 0, 30)) for name in names for _unused in range(random_.choice([1, 1, 1, 3]))]
        method = random_.choice(["GET", "POST", "PUT", "DELETE"])
        body = random_.choice(["", '{"limit":10}', text(random_, 1, 200)]) if method != "GET" else ""
        headers = {"Host": host, "X-Sdk-Date": f"20261122T{number % 24:02d}{number % 60:02d}{number % 59:02d}Z"}
        if body:
            headers["Content-Type"] = "application/json"
        if random_.random() < 0.5:
            headers["X-Project-Id"] = text(random_, 32, 32, plain)
        if random_.random() < 0.5:
            headers["X-Security-Token"] = text(random_, 100, 100, plain)

        theirs = SdkRequest(
            method=method,
            schema="https",
            host=host,
            resource_path=path,
            query_params=list(params),
            header_params=dict(headers),
            body=body,
        )
        Signer(BasicCredentials(access_key, secret_key, "project")).sign(theirs)

        ours = requests.PreparedRequest()
        ours.method = method
        ours.url = f"https://{host}{encode_path(path)}" + (f"?{canonical_query(params)}" if params else "")
        ours.headers = requests.structures.CaseInsensitiveDict(headers)
        ours.body = body.encode() if random_.random() < 0.5 else body
        AccessKeyAuth(access_key, secret_key)(ours)

        assert ours.headers["Authorization"] == theirs.header_params["Authorization"], (number, method, path, params)


def test_signs_what_requests_prepares_itself() -> None:
    """As a plain authentication object of requests, where requests encodes spaces as '+' and keeps the order."""
    headers = {"X-Sdk-Date": "20261122T090000Z", "Host": "h"}
    prepared = requests.Request("GET", "https://h/v1/a b", params=[("z", "1 2"), ("a", "ü")], headers=headers, auth=AccessKeyAuth("AK", "SK")).prepare()
    theirs = SdkRequest("GET", "https", "h", "/v1/a b", query_params=[("z", "1 2"), ("a", "ü")], header_params=dict(headers), body="")
    Signer(BasicCredentials("AK", "SK", "p")).sign(theirs)
    assert prepared.headers["Authorization"] == theirs.header_params["Authorization"]


def test_security_token_is_signed_and_sent() -> None:
    prepared = requests.Request("GET", "https://h/", auth=AccessKeyAuth("AK", "SK", "TEMPORARY")).prepare()
    assert prepared.headers["X-Security-Token"] == "TEMPORARY"
    assert "SignedHeaders=host;x-sdk-date;x-security-token," in prepared.headers["Authorization"]
