# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real object store over TLS, a proxy that breaks it, and a simulated cloud to collect from."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Union

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "parts"), str(TESTS / "store_tests")]

from ceph import Ceph
from places import BucketPlace, FolderPlace, plain_client
from proxy import Proxy
from runs import WORLD, Children

from simulator import Simulator

Place = Union[FolderPlace, BucketPlace]
_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=20, help="how many runs are killed on each kind of place")
    parser.addoption("--meeting", type=float, default=10, help="for how many seconds eight writers meet")


@pytest.fixture(scope="session")
def ceph() -> Iterator[Ceph]:
    subprocess.run([str(TESTS / "parts" / "ceph.sh")], check=True)
    with Ceph() as ceph:
        yield ceph


@pytest.fixture(scope="session")
def client(ceph: Ceph) -> Any:
    client = plain_client(ceph.endpoint, ceph.ca_path, ceph.access_key, ceph.secret_key)
    client.create_bucket(Bucket="plain")
    client.create_bucket(Bucket="versioned")
    client.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
    client.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    return client


@pytest.fixture(scope="session")
def options(ceph: Ceph) -> dict[str, Any]:
    """The store's options, complete."""
    return {
        "s3_endpoint_url": ceph.endpoint,
        "s3_access_key": ceph.access_key,
        "s3_secret_key": ceph.secret_key,
        "s3_ca_path": ceph.ca_path,
        "s3_region": "us-east-1",
    }


@pytest.fixture
def proxy(ceph: Ceph) -> Iterator[Proxy]:
    with Proxy(ceph.endpoint, ceph.ca_path, ceph.folder) as proxy:
        yield proxy


@pytest.fixture
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Place]:
    """Makes places: new_place("folder"), new_place("plain" | "versioned" | "locked", **options)."""

    def make(kind: str, **more: Any) -> Place:
        number = next(_numbers)
        if kind == "folder":
            return FolderPlace(tmp_path / f"archive-{number}")
        client, options = request.getfixturevalue("client"), request.getfixturevalue("options")
        return BucketPlace(kind, f"archive-{number}", {**options, **more}, client)

    return make


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with Simulator(WORLD) as simulator:
        yield simulator


@pytest.fixture
def still_clock(simulator: Simulator) -> None:
    """No time passes, and no record comes that a test did not ask for."""
    simulator.reset()
    simulator.set(clock_ms=simulator.now(), max_skew_ms=0)


@pytest.fixture(scope="session")
def children() -> Iterator[Children]:
    with Children() as children:
        yield children
