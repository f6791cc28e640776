# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook awx, with the real modules of awx.awx against a double of AWX, and the jobs that AWX would run of what it set up."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from awx_double import Awx
from awx_rules import Refused, check_credential_type, check_rrule, check_survey
from fleet import HOUR, TIMEOUT, sliced, world
from jobs import assert_holds_the_truth, assert_nothing_kept, imported, launch, set_up, start

from checkout import TREE
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


@pytest.mark.long
def test_a_second_run_changes_nothing(workplace: Workplace, awx: Awx, cloud: Simulator) -> None:
    given = {
        "awx_archive": "s3://cfw-archive/logs",
        "awx_cloud_credential_inputs": {},
        "awx_store_credential_inputs": {"access_key": "store", "secret_key": STORE_SECRET, "endpoint_url": "https://obs.example.com", "region": "cn-north-4"},
        "awx_notification_type": "webhook",
        "awx_notification_configuration": {"url": "https://hooks.example.com/flow-logs", "headers": {"Authorization": WEBHOOK_SECRET}},
    }
    first = set_up(workplace, awx, cloud, "-vvvv", "--diff", **given)
    assert first.code == 0, first.output
    kinds = ["organizations", "execution_environments", "projects", "inventories", "inventory_sources", "notification_templates"]
    assert {kind: len(found) for kind, found in awx.objects.items() if found} == {
        **dict.fromkeys(kinds, 1),
        **dict.fromkeys(["credential_types", "credentials", "job_templates", "schedules"], 2),
    }
    told = [awx.named("notification_templates", "Flow logs need attention")["id"]]
    for kind in ("projects", "inventory_sources", "job_templates"):
        assert [one["notification_templates_error"] for one in awx.objects[kind].values()] == [told] * len(awx.objects[kind])
    assert {one["rrule"].split("FREQ=")[1] for one in awx.objects["schedules"].values()} == {"HOURLY;INTERVAL=1", "DAILY;INTERVAL=1"}
    assert {one["enabled"] for one in awx.objects["schedules"].values()} == {True}

    credential = awx.named("credentials", "Huawei Cloud, read-only")
    assert credential["inputs"] == {}
    credential["inputs"] = {"access_key": "by hand", "secret_key": "by hand"}
    before, writes = json.dumps(awx.objects, sort_keys=True), awx.writes
    second = set_up(workplace, awx, cloud, "-vvvv", "--diff", **given)
    assert second.code == 0 and "changed=0" in second.output, second.output
    assert awx.writes == writes and json.dumps(awx.objects, sort_keys=True) == before
    for secret in (STORE_SECRET, WEBHOOK_SECRET):
        assert secret not in first.output + second.output


@pytest.mark.long
def test_what_is_set_up_archives_and_audits(workplace: Workplace, awx: Awx, cloud: Simulator) -> None:
    """One job over all firewalls, an audit that is green, and one that is red once something is gone; then the same archive from two slices."""
    assert set_up(workplace, awx, cloud).code == 0
    archive = workplace.folder / "archive"
    collected = launch(workplace, awx, "Archive flow logs", "collect")
    assert collected.code == 0, collected.output
    assert_holds_the_truth(archive, cloud)
    audited = launch(workplace, awx, "Audit flow logs", "audit")
    assert audited.code == 0, audited.output
    assert any(line.startswith("Verdict: ") for result in audited.results("Show the findings") for line in result["msg"])
    next(archive.rglob("*.jsonl.gz")).unlink()
    red = launch(workplace, awx, "Audit flow logs", "red")
    assert red.code == 2
    assert "'failed'" in red.results("Fail when findings are heavy enough")[0]["msg"]

    awx.named("credentials", "Huawei Cloud, read-only")["inputs"]["secret_key"] = "expired"
    sliced_archive = workplace.folder / "sliced"
    given = {"awx_archive": str(sliced_archive), "awx_slices": 2, "awx_forks": 3, "awx_rate_limit": 300}
    run = set_up(workplace, awx, cloud, awx_update_secrets=True, **given)
    assert run.code == 0, run.output
    source = awx.named("inventory_sources", "Huawei Cloud firewalls")
    assert source["update_on_launch"] and source["overwrite"]
    hosts = imported(workplace, awx, source)  # with the key that was renewed
    assert len(hosts) == FIREWALLS
    template = awx.launched("Archive flow logs")
    assert (template.slices, template.forks) == (2, 3)
    assert template.variables["cloudaudit_huaweicloud_connection"]["rate_limit"] == 50  # 300 for 2 slices of 3 processes each
    jobs = [start(workplace, awx, "Archive flow logs", f"slice-{number}", sliced(hosts, number, 2)) for number in (1, 2)]
    finished = [job.finish(TIMEOUT) for job in jobs]
    assert [job.code for job in finished] == [0, 0], "\n".join(job.output for job in finished)
    assert sorted(host for job in finished for host in job.stats()["ok"]) == sorted(hosts)
    assert_holds_the_truth(sliced_archive, cloud)
    assert_nothing_kept([collected, audited, red, *finished], cloud.world.secret_key)


@pytest.mark.long
def test_a_busy_fleet_is_rechecked_once_a_day(workplace: Workplace, awx: Awx, cloud: Simulator) -> None:
    """Collecting leaves a record that appeared late to the job of its own, which finds it before the service forgets it."""
    assert set_up(workplace, awx, cloud, awx_recheck_schedule="DTSTART:20260101T014500Z RRULE:FREQ=DAILY;INTERVAL=1").code == 0
    assert {one["name"]: one["rrule"].split("FREQ=")[1] for one in awx.objects["schedules"].values()} == {
        "Archive flow logs": "HOURLY;INTERVAL=1",
        "Recheck flow logs": "DAILY;INTERVAL=1",
        "Audit flow logs": "DAILY;INTERVAL=1",
    }
    assert launch(workplace, awx, "Archive flow logs", "collect").code == 0
    late = dict(zip(("project_id", "fw_instance_id", "log_type"), cloud.streams()[0]))
    six_days_ago = cloud.world.begins_at - 6 * 24 * HOUR
    cloud.add_records(**late, count=1, start=six_days_ago, end=six_days_ago + 1)
    assert launch(workplace, awx, "Archive flow logs", "again").code == 0
    with pytest.raises(AssertionError):
        assert_holds_the_truth(workplace.folder / "archive", cloud)
    rechecked = launch(workplace, awx, "Recheck flow logs", "recheck")
    assert rechecked.code == 0, rechecked.output
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


def test_defaults_are_those_that_are_documented() -> None:
    role = TREE / "roles" / "awx"
    options = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    defaults = yaml.safe_load((role / "defaults" / "main.yml").read_text(encoding="utf-8"))
    assert {name: option["default"] for name, option in options.items() if "default" in option} == defaults
    assert {name for name, option in options.items() if option.get("required")} == set(options) - set(defaults)


@pytest.mark.parametrize("page", ["docs/docsite/rst/fleet_and_awx.rst", "roles/awx/README.md"])
def test_pages_name_variables_that_exist(page: str) -> None:
    options = yaml.safe_load((TREE / "roles" / "awx" / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    named = set(re.findall(r"\bawx_[a-z_]+\b", (TREE / page).read_text(encoding="utf-8")))
    assert named and named <= set(options)
