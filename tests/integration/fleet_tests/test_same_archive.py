# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One fleet, three ways to archive it: from localhost, host by host over the inventory, and in four slices. One archive.

FLEET_FIREWALLS=500 in the environment is the whole test.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fleet import FIREWALLS, RECORDS, TIMEOUT, connection, content, inventory_file, listed_hosts, sliced, variables, world
from jobs import assert_holds_the_truth
from runner import Job

from archived import state
from playbook import ARCHIVE_PLAYBOOK, Workplace
from simulator import Simulator

SLICES = 4
COLLECT = "Archive the flow logs of all chosen firewalls"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Simulator]:
    with Simulator(world=world()) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def from_localhost(cloud: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive that one run over all firewalls makes, and a second run does not change."""
    workplace = Workplace(tmp_path_factory.mktemp("localhost"))
    workplace.timeout = TIMEOUT
    archive = workplace.folder / "archive"
    given = {**variables(cloud, archive), "cloudaudit_huaweicloud_connection": connection(cloud)}
    first = workplace.play(ARCHIVE_PLAYBOOK, given)
    assert first.code == 0, first.output
    assert first.task(COLLECT).result["records"] == FIREWALLS * sum(RECORDS.values())
    before = state(archive)
    second = workplace.play(ARCHIVE_PLAYBOOK, given)
    assert second.code == 0 and "changed=0" in second.output, second.output
    assert state(archive) == before
    return archive


def test_localhost_archives_the_truth(cloud: Simulator, from_localhost: Path) -> None:
    assert_holds_the_truth(from_localhost, cloud)


def test_host_by_host_with_twenty_forks(cloud: Simulator, from_localhost: Path, workplace: Workplace) -> None:
    archive = workplace.folder / "archive"
    given = {**variables(cloud, archive), "cloudaudit_huaweicloud_connection": connection(cloud), "cfw_flow_log_archive_hosts": "all"}
    arguments = ("-i", inventory_file(workplace, cloud), "--forks", "20")
    run = workplace.play(ARCHIVE_PLAYBOOK, given, *arguments)
    assert run.code == 0, run.output[-5000:]
    shown = [task.result["msg"] for task in run.tasks if task.name.endswith("Show what was archived")]
    assert len(shown) == FIREWALLS and all("Verified (chain): no finding" in text for text in shown)
    assert content(archive) == content(from_localhost)


@pytest.mark.long
def test_four_slices_at_once(cloud: Simulator, from_localhost: Path, workplace: Workplace) -> None:
    archive = workplace.folder / "archive"
    hosts = listed_hosts(workplace, inventory_file(workplace, cloud))
    options = connection(cloud)
    environment = {"HW_ACCESS_KEY": options["access_key"], "HW_SECRET_KEY": options["secret_key"]}
    given = {**variables(cloud, archive), "cfw_flow_log_archive_hosts": "all"}
    jobs = [Job(workplace, f"slice-{number}", "archive.yml", given, environment, sliced(hosts, number, SLICES)) for number in range(1, SLICES + 1)]
    finished = [job.finish(TIMEOUT) for job in jobs]
    for job in finished:
        assert job.code == 0, job.output[-5000:]
    done = [name for job in finished for name in job.stats()["ok"]]
    assert sorted(done) == sorted(hosts)
    assert content(archive) == content(from_localhost)
