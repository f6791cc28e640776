# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook awx, with the real modules of awx.awx against a double of AWX, and the jobs that AWX would run of what it set up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from awx_double import Awx
from awx_rules import Refused, check_credential_type, check_rrule, check_survey
from fleet import TIMEOUT, sliced, world
from jobs import assert_holds_the_truth, assert_nothing_kept, imported, launch, set_up, start

from playbook import Workplace
from simulator import Simulator

FIREWALLS = 4
STORE_SECRET = "kept-by-the-store-credential"
WEBHOOK_SECRET = "kept-by-the-notification"


@pytest.fixture
def awx() -> Iterator[Awx]:
    with Awx() as double:
        yield double


@pytest.fixture
def cloud() -> Iterator[Simulator]:
    with Simulator(world=world(FIREWALLS)) as simulator:
        yield simulator


def test_a_second_run_changes_nothing(workplace: Workplace, awx: Awx, cloud: Simulator) -> None:
    webhook = {"url": f"https://hooks.example.com/{WEBHOOK_SECRET}", "headers": {"Authorization": WEBHOOK_SECRET}}
    given = {
        "awx_archive": "s3://cfw-archive/logs",
        "awx_store_credential_inputs": {"access_key": "store", "secret_key": STORE_SECRET, "endpoint_url": "https://obs.example.com", "region": "cn-north-4"},
        "awx_notification_type": "webhook",
        "awx_notification_configuration": webhook,
    }
    first = set_up(workplace, awx, cloud, "-vvvv", "--diff", **given)
    assert first.code == 0, first.output
    assert awx.writes > 10
    kinds = ["organizations", "execution_environments", "projects", "inventories", "inventory_sources", "notification_templates"]
    assert {kind: len(found) for kind, found in awx.objects.items() if found} == {
        **dict.fromkeys(kinds, 1),
        **dict.fromkeys(["credential_types", "credentials", "job_templates", "schedules"], 2),
    }
    told = [awx.named("notification_templates", "Flow logs need attention")["id"]]
    for kind in ("projects", "inventory_sources", "job_templates"):
        assert [one["notification_templates_error"] for one in awx.objects[kind].values()] == [told] * len(awx.objects[kind])
    assert {one["rrule"].split("FREQ=")[1] for one in awx.objects["schedules"].values()} == {"HOURLY;INTERVAL=1", "DAILY;INTERVAL=1"}

    before = json.dumps(awx.objects, sort_keys=True)
    writes = awx.writes
    second = set_up(workplace, awx, cloud, "-vvvv", "--diff", **given)
    assert second.code == 0 and "changed=0" in second.output, second.output
    assert awx.writes == writes and json.dumps(awx.objects, sort_keys=True) == before

    for secret in (cloud.world.secret_key, STORE_SECRET, WEBHOOK_SECRET):
        assert secret not in first.output + second.output


def test_secrets_are_renewed_when_asked_for(workplace: Workplace, awx: Awx, cloud: Simulator) -> None:
    assert set_up(workplace, awx, cloud).code == 0
    renewed = {"access_key": "new", "secret_key": "new-secret", "region": cloud.world.region}
    run = set_up(workplace, awx, cloud, awx_cloud_credential_inputs=renewed, awx_update_secrets=True)
    assert run.code == 0, run.output
    assert awx.named("credentials", "Huawei Cloud, read-only")["inputs"] == renewed


def test_credentials_that_are_filled_in_by_hand_stay(workplace: Workplace, awx: Awx, cloud: Simulator) -> None:
    assert set_up(workplace, awx, cloud, awx_cloud_credential_inputs={}).code == 0
    credential = awx.named("credentials", "Huawei Cloud, read-only")
    assert credential["inputs"] == {}
    credential["inputs"] = {"access_key": "by hand", "secret_key": "by hand"}
    run = set_up(workplace, awx, cloud, awx_cloud_credential_inputs={})
    assert run.code == 0 and "changed=0" in run.output, run.output
    assert credential["inputs"] == {"access_key": "by hand", "secret_key": "by hand"}


def test_what_is_set_up_archives_and_audits(workplace: Workplace, awx: Awx, cloud: Simulator) -> None:
    """One job over all firewalls, then an audit that is green, and red once something is gone."""
    assert set_up(workplace, awx, cloud).code == 0
    archive = workplace.folder / "archive"
    collected = launch(workplace, awx, "Archive flow logs", "collect", cloud)
    assert collected.code == 0, collected.output
    assert_holds_the_truth(archive, cloud)
    audited = launch(workplace, awx, "Audit flow logs", "audit", cloud)
    assert audited.code == 0, audited.output
    assert any(line.startswith("Verdict: ") for result in audited.results("Show the findings") for line in result["msg"])

    next(archive.rglob("*.jsonl.gz")).unlink()
    red = launch(workplace, awx, "Audit flow logs", "red", cloud)
    assert red.code == 2
    assert "'failed'" in red.results("Fail when findings are heavy enough")[0]["msg"]
    assert_nothing_kept([collected, audited, red], cloud.world.secret_key)


def test_slices_are_jobs_of_an_inventory_that_awx_imports(workplace: Workplace, awx: Awx, cloud: Simulator) -> None:
    run = set_up(workplace, awx, cloud, awx_slices=2, awx_forks=3, awx_rate_limit=300)
    assert run.code == 0, run.output
    source = awx.named("inventory_sources", "Huawei Cloud firewalls")
    assert source["update_on_launch"] and source["overwrite"]
    hosts = imported(workplace, awx, source)
    assert len(hosts) == FIREWALLS
    given = awx.launched("Archive flow logs")
    assert (given.slices, given.forks) == (2, 3)
    assert given.variables["cloudaudit_huaweicloud_connection"]["rate_limit"] == 50  # 300 for 2 slices of 3 processes each
    jobs = [start(workplace, awx, "Archive flow logs", f"slice-{number}", cloud, sliced(hosts, number, 2)) for number in (1, 2)]
    finished = [job.finish(TIMEOUT) for job in jobs]
    assert [job.code for job in finished] == [0, 0], "\n".join(job.output for job in finished)
    assert sorted(host for job in finished for host in job.stats()["ok"]) == sorted(hosts)
    assert_holds_the_truth(workplace.folder / "archive", cloud)


def _type(**more: Any) -> dict[str, Any]:
    return {"kind": "cloud", "inputs": {"fields": [{"id": "key", "label": "Key"}]}, "injectors": {"env": {"HW_ACCESS_KEY": "{{ key }}"}}, **more}


def _survey(**more: Any) -> dict[str, Any]:
    question = {"question_name": "Q", "variable": "v", "type": "multiplechoice", "required": True, "choices": ["a", "b"], "default": "a", **more}
    return {"name": "S", "description": "", "spec": [question]}


def test_the_double_takes_what_awx_takes() -> None:
    check_credential_type(_type())
    check_survey(_survey())
    check_rrule("DTSTART:20260101T001500Z RRULE:FREQ=HOURLY;INTERVAL=1")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: check_credential_type(_type(kind="ssh")),
        lambda: check_credential_type(_type(injectors={"env": {"ANSIBLE_HWC_ACCESS_KEY": "{{ key }}"}})),
        lambda: check_credential_type(_type(injectors={"env": {"HW_ACCESS_KEY": "{{ misspelt }}"}})),
        lambda: check_credential_type(_type(inputs={"fields": [{"id": "key", "label": "Key", "type": "integer"}]})),
        lambda: check_survey(_survey(default="c")),
        lambda: check_survey(_survey(type="integer", default="1")),
        lambda: check_survey(_survey(required="yes")),
        lambda: check_rrule("RRULE:FREQ=HOURLY;INTERVAL=1"),
        lambda: check_rrule("DTSTART:20260101T001500Z RRULE:FREQ=HOURLY"),
        lambda: check_rrule("DTSTART:20260101T001500 RRULE:FREQ=HOURLY;INTERVAL=1"),
        lambda: check_rrule("DTSTART:20260101T001500Z RRULE:FREQ=OFTEN;INTERVAL=1"),
    ],
)
def test_the_double_refuses_what_awx_refuses(wrong: Any) -> None:
    with pytest.raises(Refused):
        wrong()
