# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them, with the archive in a real object store over TLS: nothing of them stays on the machine."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from awx_double import Awx
from ceph import Ceph
from fleet import TESTS, world
from jobs import assert_nothing_kept, launch, set_up
from places import BucketPlace, plain_client

from playbook import Workplace
from simulator import Simulator

pytestmark = pytest.mark.store


@pytest.fixture(scope="module")
def ceph() -> Iterator[Ceph]:
    subprocess.run([str(TESTS / "parts" / "ceph.sh")], check=True)
    with Ceph() as ceph:
        yield ceph


def test_jobs_archive_into_a_bucket_and_audit_it(workplace: Workplace, ceph: Ceph) -> None:
    client: Any = plain_client(ceph.endpoint, ceph.ca_path, ceph.access_key, ceph.secret_key)
    client.create_bucket(Bucket="logs")
    place = BucketPlace("logs", "cfw", {}, client)
    with Awx() as awx, Simulator(world=world(4)) as cloud:
        run = set_up(
            workplace,
            awx,
            cloud,
            awx_archive="s3://logs/cfw",
            awx_store={"ca_path": ceph.ca_path},
            awx_store_credential_inputs={
                "access_key": ceph.access_key,
                "secret_key": ceph.secret_key,
                "endpoint_url": ceph.endpoint,
                "region": "us-east-1",
            },
        )
        assert run.code == 0, run.output
        first = launch(workplace, awx, "Archive flow logs", "first")
        assert first.code == 0, first.output
        streams = {key.rsplit("/commits/")[0] for key in place.objects() if "/commits/" in key}
        assert len(streams) == len(cloud.streams())
        before = place.objects()
        again = launch(workplace, awx, "Archive flow logs", "again")
        assert again.code == 0 and not again.stats()["changed"], again.output
        assert place.objects() == before
        green = launch(workplace, awx, "Audit flow logs", "green")
        assert green.code == 0, green.output

        client.delete_object(Bucket="logs", Key="cfw/" + next(key for key in before if key.startswith("data/")))
        red = launch(workplace, awx, "Audit flow logs", "red")
        assert red.code == 2
        assert "'failed'" in red.results("Fail when findings are heavy enough")[0]["msg"]
        assert_nothing_kept([first, again, green, red], cloud.world.secret_key, ceph.secret_key)
