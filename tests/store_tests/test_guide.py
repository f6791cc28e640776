# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to object storage, followed step by step with a real store: its role, its audit, its verifier, with a key that may do no more than it says."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ceph import Ceph
from places import plain_client

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "docs_tests"), str(TESTS / "integration" / "playbook_tests")]

from examples import Example, examples, files, missing_line
from test_examples import Place

from simulator import Simulator

PAGE = TESTS.parent / "docs" / "docsite" / "rst" / "object_storage.rst"
BUCKET = "cfw-archive"
OBS = "https://obs.cn-north-4.myhuaweicloud.com"
FIREWALL = {"name": "edge", "id": "2af58b7c-893c-4453-a984-bdd9b1bd6318", "log_types": {"internet": 3000, "vpc": 300, "nat": 100}}
CLOUD = {"days": 1, "shape": {"torture": 0.0}, "projects": [{"name": "cn-north-4", "id": "9d80d070b6d44942af73c9c3d38e0429", "firewalls": [FIREWALL]}]}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Simulator]:
    with Simulator(world=CLOUD) as simulator:
        simulator.set(clock_ms=simulator.now(), max_skew_ms=0)
        yield simulator


class Guide(Place):
    """The place where the guide's examples run, with Ceph in place of OBS."""

    def __init__(self, folder: Path, cloud: Simulator, ceph: Ceph, keys: tuple[str, str]) -> None:
        super().__init__(folder, cloud)
        self.endpoint = ceph.endpoint
        self.environment.update(OBS_ENDPOINT=ceph.endpoint, OBS_ACCESS_KEY_ID=keys[0], OBS_SECRET_ACCESS_KEY=keys[1], AWS_CA_BUNDLE=ceph.ca_path)
        shutil.copy(ceph.ca_path, self.srv / "our-ca.pem")

    def text(self, text: str) -> str:
        return super().text(text).replace(OBS, self.endpoint)


def download(client: Any, prefix: str, folder: Path) -> None:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix):
        for found in page["Contents"]:
            path = folder / found["Key"][len(prefix):]
            path.parent.mkdir(parents=True, exist_ok=True)
            client.download_file(BUCKET, found["Key"], str(path))


@pytest.mark.parametrize("lock", [False, True], ids=["plain bucket", "bucket with lock"])
def test_the_guide_does_what_it_says(tmp_path: Path, cloud: Simulator, lock: bool) -> None:
    with Ceph() as ceph:
        owner = plain_client(ceph.endpoint, ceph.ca_path, ceph.access_key, ceph.secret_key)
        owner.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=lock)
        keys = ceph.add_user("cfw-collector")
        collector = plain_client(ceph.endpoint, ceph.ca_path, *keys)
        settings = files(PAGE)
        owner.put_bucket_policy(Bucket=BUCKET, Policy=settings["policy.json"].replace("::123456789012:", ":::"))
        owner.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration=json.loads(settings["lifecycle.json"]))
        guide = Guide(tmp_path, cloud, ceph, keys)
        for example in examples(PAGE):
            if not lock and "object_lock_days" in example.text:
                continue
            if "cfw-copy" in example.text:
                download(collector, "logs/", guide.srv / "cfw-copy")
            follow(guide, example, keys[1])
        assert list(guide.srv.glob("cfw-report/report.html"))
        if lock:
            for prefix in ("of-our-own", "locked"):
                keys_of = [found["Key"] for found in collector.list_objects_v2(Bucket=BUCKET, Prefix=f"{prefix}/evidence/")["Contents"]]
                assert keys_of and all(collector.head_object(Bucket=BUCKET, Key=key)["ObjectLockMode"] == "COMPLIANCE" for key in keys_of)


def follow(guide: Guide, example: Example, secret: str) -> None:
    output = guide.run(example)
    missing = missing_line(guide.text(example.printed), output)
    assert missing is None, f"The guide says that this is printed:\n{missing}\nof\n{example.text}\nbut it printed\n{output}"
    assert secret not in output
