# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives in their two kinds of places, as tests see them: read without the code under test."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import boto3
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import Store, open_store
from botocore.config import Config


class FolderPlace:
    """An archive in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive = str(folder)
        self.options: dict[str, Any] = {}

    def open(self) -> Store:
        return open_store(self.archive)

    def listed(self) -> list[str]:
        paths = [path for name in ("data", "evidence") for path in self.folder.glob(f"{name}/**/*") if path.is_file()]
        return [path.relative_to(self.folder).as_posix() for path in paths]

    def objects(self) -> dict[str, bytes]:
        return {key: (self.folder / key).read_bytes() for key in self.listed()}


class BucketPlace:
    """An archive below a prefix of a bucket."""

    def __init__(self, bucket: str, prefix: str, options: dict[str, Any], client: Any) -> None:
        self.bucket = bucket
        self.prefix = prefix
        self.archive = f"s3://{bucket}/{prefix}"
        self.options = options
        self.client = client

    def open(self) -> Store:
        return open_store(self.archive, **self.options)

    def listed(self) -> list[str]:
        pages = self.client.get_paginator("list_objects").paginate(Bucket=self.bucket, Prefix=self.prefix + "/")
        keys = [entry["Key"][len(self.prefix) + 1:] for page in pages for entry in page.get("Contents", ())]
        return [key for key in keys if key.startswith(("data/", "evidence/"))]

    def objects(self) -> dict[str, bytes]:
        return {key: self.client.get_object(Bucket=self.bucket, Key=f"{self.prefix}/{key}")["Body"].read() for key in self.listed()}


def records(objects: dict[str, bytes]) -> list[bytes]:
    """All lines below data/ in order of (start_time, log_id), as any reader of JSON Lines finds them."""
    lines = [line for key, data in objects.items() if key.startswith("data/") for line in gzip.decompress(data).splitlines()]
    return sorted(lines, key=_place)


def commits(objects: dict[str, bytes]) -> list[dict[str, Any]]:
    """All commits, by their keys."""
    return [json.loads(data) for key, data in sorted(objects.items()) if "/commits/" in key]


def _place(line: bytes) -> tuple[int, str]:
    record = json.loads(line)
    return record["start_time"], str(record.get("log_id", ""))


def plain_client(endpoint: str, ca_path: str, access_key: str, secret_key: str) -> Any:
    """A client that shares no settings with the code under test but those that Ceph needs."""
    config = Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required", response_checksum_validation="when_required")
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        verify=ca_path,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name="us-east-1",
        config=config,
    )
