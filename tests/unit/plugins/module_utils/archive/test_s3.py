# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is decided about an object store before any byte is sent, and what the bytes say. The store itself is in tests/store_tests."""

from __future__ import annotations

import base64
import hashlib

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, DependencyError, OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store import s3_client
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3 import S3Store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_client import check_options, connect
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_place import parse_location
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.s3_uploading import upload
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store

pytest.importorskip("boto3")

OBS = "https://obs.cn-north-4.myhuaweicloud.com"
KEYS = {"s3_access_key": "AK", "s3_secret_key": "SK-secret"}


class _Sent(Exception):
    """Stops a request that is ready to go."""


def _sent(options, action):
    """The request (method, url, headers) that an action would have sent."""
    client = connect(check_options(options, {}))
    seen = []

    def keep(request, **_more):
        seen.append(request)
        raise _Sent

    client.meta.events.register("before-send.s3", keep)
    with pytest.raises(_Sent):
        action(client)
    return seen[0]


@pytest.mark.parametrize(
    "endpoint, style, url",
    [
        (OBS, "auto", "https://bucket.obs.cn-north-4.myhuaweicloud.com/key"),
        ("https://obs.eu-de.otc.t-systems.com", "auto", "https://bucket.obs.eu-de.otc.t-systems.com/key"),
        ("https://s3.eu-central-1.amazonaws.com", "auto", "https://bucket.s3.eu-central-1.amazonaws.com/key"),
        ("https://ceph.example:8443", "auto", "https://ceph.example:8443/bucket/key"),
        ("https://ceph.example", "virtual", "https://bucket.ceph.example/key"),
        (OBS, "path", OBS + "/bucket/key"),
    ],
)
def test_how_requests_name_the_bucket(endpoint, style, url):
    request = _sent({**KEYS, "s3_endpoint_url": endpoint, "s3_addressing_style": style}, lambda client: client.head_object(Bucket="bucket", Key="key"))
    assert request.url == url


@pytest.mark.parametrize(
    "encryption, headers",
    [
        (None, {}),
        ("AES256", {"x-amz-server-side-encryption": "AES256"}),
        ("aws:kms", {"x-amz-server-side-encryption": "aws:kms"}),
        ("aws:kms:key/1:2", {"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": "key/1:2"}),
    ],
)
def test_an_upload_says_what_obs_takes_and_its_own_md5(tmp_path, encryption, headers):
    path = tmp_path / "file"
    path.write_bytes(b"records")
    store = S3Store("s3://bucket/prefix", {**KEYS, "s3_endpoint_url": OBS, "s3_server_side_encryption": encryption})
    place = parse_location("s3://bucket/prefix")
    request = _sent({**KEYS, "s3_endpoint_url": OBS}, lambda client: upload(client, place, "data/x", str(path), store._encryption))
    sent = {name.lower(): value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()}
    assert request.url == "https://bucket.obs.cn-north-4.myhuaweicloud.com/prefix/data/x"
    assert sent["content-md5"] == base64.b64encode(hashlib.md5(b"records").digest()).decode()
    assert sent["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"
    assert "/cn-north-4/s3/aws4_request" in sent["authorization"]
    assert not [name for name in sent if name.startswith("x-amz-checksum") or name in ("x-amz-trailer", "x-amz-sdk-checksum-algorithm")]
    assert {name: value for name, value in sent.items() if "encryption" in name} == headers


@pytest.mark.parametrize("location, place", [("s3://bucket", ("bucket", "")), ("s3://bucket/", ("bucket", "")), ("s3://bucket/a/b/", ("bucket", "a/b/"))])
def test_a_location_names_bucket_and_prefix(location, place):
    assert tuple(parse_location(location)) == place


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"s3_endpoint_url": None}, "needs the store's address"),
        ({"s3_endpoint_url": "http://obs.example"}, "http://"),
        ({"s3_endpoint_url": "obs.example"}, "no address"),
        ({"s3_endpoint_url": "https://user:SK-secret@obs.example"}, "no address"),
        ({"s3_secret_key": None}, "go together"),
        ({"s3_server_side_encryption": "rot13"}, "AES256, aws:kms"),
        ({"s3_object_lock_days": -1}, "days from 0"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_sent(wrong, says):
    with pytest.raises(OptionError, match=says) as caught:
        check_options({**KEYS, "s3_endpoint_url": OBS, **wrong}, {})
    assert "SK-secret" not in str(caught.value) + str(caught.value.details)


def test_the_environment_adds_what_the_options_leave_out_and_never_mixes_keys():
    environment = {"AWS_ACCESS_KEY_ID": "aws", "AWS_SECRET_ACCESS_KEY": "aws-secret", "OBS_ACCESS_KEY_ID": "obs", "OBS_SECURITY_TOKEN": "obs-token"}
    environment.update({"OBS_ENDPOINT": OBS, "AWS_REGION": "cn-east-3"})
    settled = check_options({}, environment)
    assert (settled["s3_access_key"], settled["s3_secret_key"], settled["s3_endpoint_url"]) == ("aws", "aws-secret", OBS)
    assert "s3_security_token" not in settled and settled["s3_region"] == "cn-east-3"
    settled = check_options(KEYS, environment)
    assert (settled["s3_access_key"], settled["s3_secret_key"], "s3_security_token" in settled) == ("AK", "SK-secret", False)
    del environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
    environment["OBS_SECRET_ACCESS_KEY"] = "obs-secret"
    settled = check_options({}, environment)
    assert (settled["s3_access_key"], settled["s3_secret_key"], settled["s3_security_token"]) == ("obs", "obs-secret", "obs-token")


def test_without_boto3_the_error_names_the_install(monkeypatch):
    monkeypatch.setattr(s3_client, "_MISSING", True)
    with pytest.raises(DependencyError, match="pip install 'boto3>=1.36'"):
        open_store("s3://bucket/prefix", **KEYS, s3_endpoint_url=OBS)


def test_a_work_folder_of_somebody_else_is_refused(tmp_path, monkeypatch):
    from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store import s3 as store_s3

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = store_s3._private_folder()
    assert store_s3._private_folder() == folder
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / folder).rmdir()
    (tmp_path / folder).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ArchiveError, match="not a private folder"):
        store_s3._private_folder()
