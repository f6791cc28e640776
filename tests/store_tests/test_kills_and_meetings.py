# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs killed at any instant, writers that meet: the archive verifies every time, and the next run makes it the truth."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Union

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store import s3_creating
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.verify import verify
from places import BucketPlace, FolderPlace, commits, records
from proxy import Proxy
from runs import FIREWALL, LOG_TYPES, PROJECT, Children, run, run_for

from simulator import Simulator

pytestmark = pytest.mark.usefixtures("still_clock")
Place = Union[FolderPlace, BucketPlace]
HARMLESS = {"object-uncommitted", "stream-missing"}  # what a run that never came to its commit leaves


def findings(place: Place, simulator: Simulator) -> list[dict[str, Any]]:
    """What verification of all data states; nothing for a place where nothing was committed yet."""
    if not any(key.startswith("evidence/") for key in place.listed()):
        return []
    found: list[dict[str, Any]] = verify(place.open(), depth="data", now=simulator.now())["findings"]
    return found


def assert_is_the_truth(place: Place, simulator: Simulator) -> None:
    objects = place.objects()
    newest = {commit["stream"]["log_type"]: commit for commit in commits(objects)}
    assert set(newest) == set(LOG_TYPES)
    expected = []
    for log_type, commit in newest.items():
        assert {row[2] for row in commit["coverage"]} == {"complete"}
        start, end = commit["coverage"][0][0], commit["coverage"][-1][1]
        expected += list(simulator.truth_lines(project_id=PROJECT, fw_instance_id=FIREWALL, log_type=log_type, start=start, end=end))
    lines = records(objects)
    assert len(lines) > 1000
    assert sorted(lines) == sorted(expected)
    assert [one for one in findings(place, simulator) if one["severity"] != "info"] == []


@pytest.mark.parametrize("quarter", range(4))  # so that more than one process can share the work
@pytest.mark.parametrize("kind", ["folder", "plain", "plain, failing", "locked"])
def test_killed_at_any_instant(
    new_place: Callable[..., Place],
    simulator: Simulator,
    children: Children,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    quarter: int,
) -> None:
    more: dict[str, Any] = {}
    proxy: Proxy | None = None
    if kind == "plain, failing":
        proxy = request.getfixturevalue("proxy")
        more = {"s3_endpoint_url": proxy.endpoint}
    monkeypatch.setattr(s3_creating, "_LEASE", timedelta(seconds=2))  # the dead writer's claim ends after a minute, which here is only waited for
    kills = (request.config.getoption("--kills") + quarter) // 4
    dice = random.Random(f"{kind} {quarter}")
    connection = simulator.options()
    kind = kind.partition(",")[0]
    warm = new_place(kind, **more)
    _killed, code, whole = children.run(run, connection, warm.archive, warm.options)
    assert code == 0
    killed = 0
    while killed < kills:
        place = new_place(kind, **more)
        if proxy is not None:
            proxy.error_rate = 0.05
        died, code, _seconds = children.run(run, connection, place.archive, place.options, kill_after=dice.uniform(0, whole * 1.1))
        killed += died
        assert died or code == 0
        if proxy is not None:
            proxy.error_rate = 0
        harmed = [one for one in findings(place, simulator) if one["id"] not in HARMLESS]
        assert harmed == []
        result = run(connection, place.archive, place.options)
        assert [stream["error"] for stream in result["streams"]] == [None, None]
        assert_is_the_truth(place, simulator)
    print(f"{kind}: {killed} killed, a whole run takes {whole:.2f} s")


@pytest.mark.parametrize("kind", ["folder", "plain", "versioned"])
def test_writers_that_meet(new_place: Callable[..., Place], simulator: Simulator, request: pytest.FixtureRequest, kind: str) -> None:
    place = new_place(kind)
    simulator.set(arrive_per_request=2)
    context = multiprocessing.get_context("spawn")
    seconds, barrier = request.config.getoption("--meeting"), context.Barrier(8)
    arguments = (simulator.options(), place.archive, place.options)
    writers = [context.Process(target=run_for, args=(seconds, barrier, number, *arguments)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 8
    simulator.set(arrive_per_request=0)
    result = run(*arguments)
    assert [stream["error"] for stream in result["streams"]] == [None, None]
    assert_is_the_truth(place, simulator)
    objects = place.objects()
    for log_type in LOG_TYPES:
        sequences = [commit["sequence"] for commit in commits(objects) if commit["stream"]["log_type"] == log_type]
        assert sequences == list(range(1, len(sequences) + 1))
        assert len(sequences) > 2
        print(f"{kind}, {log_type}: {len(sequences)} commits of 8 writers")
    assert {key for key in objects if key.startswith("data/")} == {entry["key"] for commit in commits(objects) for entry in commit["data"]}
