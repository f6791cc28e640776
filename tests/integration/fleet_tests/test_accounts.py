# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two accounts in one play, each with credentials of its own: none is found where the other works, nor anywhere else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fleet import variables

from archived import lines
from leaks import contents, watched_processes
from playbook import ARCHIVE_PLAYBOOK, Workplace
from simulator import Simulator

# One firewall is named the same in both accounts, as such things are.
WORLDS: dict[str, dict[str, Any]] = {
    "production": {"seed": 11, "domain": "corp", "user": "collector", "firewalls": ["edge", "office"]},
    "laboratory": {"seed": 12, "domain": "corp-lab", "user": "robot", "firewalls": ["edge", "bench"]},
}


def simulated(name: str) -> Simulator:
    given = dict(WORLDS[name])
    firewalls = [{"name": firewall, "log_types": {"internet": 30, "nat": 5}} for firewall in given.pop("firewalls")]
    return Simulator(world={**given, "days": 0.5, "projects": [{"name": "cn-north-4", "firewalls": firewalls}]})


def written(path: Path, given: Any) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(given), encoding="utf-8")
    return str(path)


def test_accounts_do_not_meet(workplace: Workplace) -> None:
    archive = workplace.folder / "archive"
    with simulated("production") as production, simulated("laboratory") as laboratory:
        clouds = {"production": production, "laboratory": laboratory}
        keys = {"access_key": production.world.access_key, "secret_key": production.world.secret_key}
        person = {"user_name": laboratory.world.user_name, "password": laboratory.world.password, "domain_name": laboratory.world.domain_name}
        # what a vault would hold; everything else names it
        vault = {f"vault_production_{name}": value for name, value in keys.items()}
        vault.update({f"vault_laboratory_{name}": value for name, value in person.items()})
        own = {
            name: {option: f"{{{{ vault_{name}_{option} }}}}" for option in options} | {"auth_url": clouds[name].url}
            for name, options in (("production", keys), ("laboratory", person))
        }
        accounts = [{"name": name, "endpoint": clouds[name].url, **options} for name, options in own.items()]
        grouped = {"keyed_groups": [{"key": "cfw_firewall.account", "prefix": "account"}]}
        inventory = written(
            workplace.folder / "inventory" / "all.cfw_firewall.yml",
            {"plugin": "cloudaudit.huaweicloud.cfw_firewall", "region": "cn-north-4", "accounts": accounts, **grouped},
        )
        for name, options in own.items():
            written(workplace.folder / "inventory" / "group_vars" / f"account_{name}.json", {"cloudaudit_huaweicloud_connection": options})
        given = {**variables(production, archive, log_types=["internet", "nat"]), "cfw_flow_log_archive_hosts": "all", **vault}
        with watched_processes() as commands, watched_processes("environ") as environments:
            run = workplace.play(ARCHIVE_PLAYBOOK, given, "-i", inventory, "-vvvv", "--diff", "--forks", "4")
        assert run.code == 0, run.output

        for name, cloud in clouds.items():
            for stream in cloud.streams():
                span = {"start": production.world.begins_at - 43_200_000, "end": production.world.begins_at}
                truth = cloud.truth_lines(**dict(zip(("project_id", "fw_instance_id", "log_type"), stream)), **span)
                assert lines(archive, *stream) == [line for line in truth if line]
            assert {request["status"] for request in cloud.requests()} <= {200, 201}, name  # nobody came with the other's credentials
        marks = {"production": production.world.access_key[-4:], "laboratory": laboratory.world.user_name}
        stated = principals(archive)
        for name, cloud in clouds.items():
            own_principals = {stated[stream[:2]] for stream in cloud.streams()}
            assert len(own_principals) == 1 and marks[name] in own_principals.pop()

        # one audit of all accounts' firewalls, which asks none of them for anything
        asked = [len(cloud.requests()) for cloud in clouds.values()]
        report = {**given, "cfw_flow_log_archive_report_path": str(workplace.folder / "report")}
        audit = workplace.play("cloudaudit.huaweicloud.audit", report, "-i", inventory, "-vvvv")
        assert audit.code == 0, audit.output
        audited = json.loads((workplace.folder / "report" / "audit.json").read_text(encoding="utf-8"))
        assert {stream["presence"] for stream in audited["streams"]} == {"archived"} and len(audited["streams"]) == 8
        assert [sum("logs/flow" in request["path"] for request in cloud.requests()[count:]) for cloud, count in zip(clouds.values(), asked)] == [0, 0]

        (workplace.folder / "variables.json").unlink()  # where this test itself wrote them
        files = list(contents(workplace.folder))
        tokens = list(laboratory.service.identity._tokens)
        assert tokens and any(b"ansible-playbook" in command for command in commands)
        for secret in (production.world.secret_key, laboratory.world.password, *tokens):
            assert secret not in run.output + audit.output
            assert not [name for name, content in files if secret.encode() in content]
            assert not [one for one in (*commands, *environments) if secret.encode() in one]


def test_an_account_that_refuses_is_not_forgotten(workplace: Workplace) -> None:
    """What can be had is archived; then the run fails and names the account, and the audit has it as a finding."""
    with simulated("production") as cloud:
        keys = {"access_key": cloud.world.access_key, "secret_key": cloud.world.secret_key}
        person = {"user_name": "robot", "password": "not-the-password", "domain_name": "corp-lab"}
        accounts = [{"name": "production", **keys}, {"name": "laboratory", **person}]
        given = {"plugin": "cloudaudit.huaweicloud.cfw_firewall", "region": "cn-north-4", "endpoint": cloud.url, "auth_url": cloud.url}
        inventory = written(workplace.folder / "inventory" / "all.cfw_firewall.yml", {**given, "accounts": accounts})
        archive, report = workplace.folder / "archive", workplace.folder / "report"
        play = {**variables(cloud, archive, log_types=["internet"]), "cfw_flow_log_archive_hosts": "all"}
        play["cloudaudit_huaweicloud_connection"] = {**keys, "auth_url": cloud.url}

        run = workplace.play(ARCHIVE_PLAYBOOK, play, "-i", inventory)
        assert run.code == 2
        assert "could not read All projects of the account laboratory" in run.task("Fail when projects or accounts could not be read").result["msg"]
        span = {"start": cloud.world.begins_at - 43_200_000, "end": cloud.world.begins_at}
        for project_id, fw_instance_id, log_type in cloud.streams():
            truth = cloud.truth_lines(project_id=project_id, fw_instance_id=fw_instance_id, log_type=log_type, **span)
            assert lines(archive, project_id, fw_instance_id, log_type) == ([line for line in truth if line] if log_type == "internet" else [])

        audit = workplace.play("cloudaudit.huaweicloud.audit", {**play, "cfw_flow_log_archive_report_path": str(report)}, "-i", inventory)
        assert audit.code == 2
        audited = json.loads((report / "audit.json").read_text(encoding="utf-8"))
        assert audited["verdict"] == "failed"
        [refusal] = [one["message"] for one in audited["findings"] if one["kind"] == "project-unreadable"]
        assert refusal.startswith("All projects of the account laboratory could not be read")

        accepted = workplace.play(ARCHIVE_PLAYBOOK, {**play, "cfw_flow_log_archive_on_unreadable": "warn"}, "-i", inventory)
        assert accepted.code == 0, accepted.output


@pytest.mark.parametrize("playbook", [ARCHIVE_PLAYBOOK, "cloudaudit.huaweicloud.audit"])
@pytest.mark.parametrize("hosts", ["acount_production", "all"])
def test_no_firewall_of_the_inventory_is_a_failure(workplace: Workplace, playbook: str, hosts: str) -> None:
    """A pattern that is misspelt, and an inventory that could not be made: neither passes for everything being in order."""
    with simulated("production") as cloud:
        secret = cloud.world.secret_key if hosts != "all" else "refused"
        options = {"access_key": cloud.world.access_key, "secret_key": secret, "endpoint": cloud.url, "auth_url": cloud.url, "region": "cn-north-4"}
        inventory = written(workplace.folder / "inventory" / "all.cfw_firewall.yml", {"plugin": "cloudaudit.huaweicloud.cfw_firewall", **options})
        given = {**variables(cloud, workplace.folder / "archive"), "cfw_flow_log_archive_report_path": str(workplace.folder / "report")}
        given.update(cfw_flow_log_archive_hosts=hosts, cloudaudit_huaweicloud_connection=options)
        run = workplace.play(playbook, given, "-i", inventory)
        assert run.code == 2
        assert f"No host of the inventory matches cfw_flow_log_archive_hosts, which is '{hosts}'" in run.output
        assert not (workplace.folder / "report").exists()


def principals(archive: Path) -> dict[tuple[str, str], str]:
    """Who collected each firewall's logs, as the evidence states it."""
    found = {}
    for path in archive.glob("evidence/**/commits/*/*.json"):
        commit = json.loads(path.read_bytes())
        found[commit["stream"]["project_id"], commit["stream"]["fw_instance_id"]] = commit["collection"]["principal"]
    return found
