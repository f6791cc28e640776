# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory through real ansible-inventory and ansible-playbook runs, against the simulated cloud."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from archived import lines
from playbook import ARCHIVE_PLAYBOOK, TIMEOUT, Workplace
from simulator import Simulator

NAME = "cloudaudit.huaweicloud.cfw_firewall"
SECRET = "Sw0rdfish-of-the-inventory"
FAILS = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
TWO_REGIONS = {
    "days": 1,
    "projects": [
        {"name": "cn-north-4", "firewalls": [{"name": "edge", "tags": {"stage": "production"}}, {"name": "edge"}]},
        {"name": "cn-north-4_shop", "firewalls": [{"name": "office park", "status": 5}]},
        {"name": "eu-west-101_shop", "firewalls": [{"name": "edge", "tags": {"stage": "test"}}]},
        {"name": "MOS", "firewalls": [{"name": "elsewhere"}]},
    ],
}


class Inventory(NamedTuple):
    """What a run of ansible-inventory --list came to."""

    code: int
    output: str  # warnings and errors
    hosts: dict[str, dict[str, Any]]
    groups: dict[str, list[str]]

    def names(self) -> list[str]:
        """The firewalls' names."""
        return sorted(variables["cfw_firewall"]["name"] for variables in self.hosts.values())


def plain(value: Any) -> Any:
    """Without the marks that ansible-inventory puts on texts that are no templates."""
    if isinstance(value, dict):
        return value["__ansible_unsafe"] if set(value) == {"__ansible_unsafe"} else {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def run(workplace: Workplace, arguments: list[str], **env: str) -> subprocess.CompletedProcess[str]:
    environment = {**workplace.environment(**env), "ANSIBLE_INVENTORY_UNPARSED_WARNING": "true"}
    return subprocess.run(
        ["ansible-inventory", *arguments], cwd=workplace.folder, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )


def written(workplace: Workplace, given: dict[str, Any]) -> str:
    path = workplace.folder / "all.cfw_firewall.yml"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"plugin": NAME, **{name: value for name, value in given.items() if value is not None}}), encoding="utf-8")
    return str(path)


def listed(workplace: Workplace, given: dict[str, Any], *arguments: str, **env: str) -> Inventory:
    """List the inventory of a file with these options; None takes one away."""
    finished = run(workplace, ["-i", written(workplace, given), "--list", *arguments], **env)
    text = finished.stdout[finished.stdout.index("{\n") :] if "{\n" in finished.stdout else '{"_meta": {"hostvars": {}}}'
    groups = plain(json.loads(text))
    hosts = groups.pop("_meta")["hostvars"]
    return Inventory(finished.returncode, finished.stderr, hosts, {name: group.get("hosts", []) for name, group in groups.items()})


def connection(cloud: Simulator, way: str = "access_key") -> dict[str, Any]:
    """Connection options for all projects."""
    options = cloud.options(way)
    del options["project_id"]
    return options


def two_regions(cloud: Simulator, **more: Any) -> dict[str, Any]:
    given = {**connection(cloud), "regions": ["cn-north-4", "eu-west-101"], "endpoints": {"cn-north-4": cloud.url, "eu-west-101": cloud.url}}
    return {**given, "region": None, "endpoint": None, **more}


def test_hosts_groups_and_variables(workplace: Workplace, cloud: Simulator) -> None:
    given = {
        **connection(cloud),
        "keyed_groups": [{"key": "cfw_firewall.tags", "prefix": "tag"}, {"key": "cfw_firewall.project_name", "separator": ""}],
        "groups": {"running": "cfw_firewall.status == 2"},
        "compose": {"label": "cfw_firewall.account ~ '/' ~ cfw_firewall.name"},
    }
    found = listed(workplace, given)
    edge, office = sorted(found.hosts)
    assert edge.startswith("edge-") and office.startswith("office-")
    assert found.groups["tag_stage_production"] == found.groups["cn_north_4_shop"] == [edge]
    assert sorted(found.groups["running"]) == [edge, office]
    variables = found.hosts[edge]
    firewall = variables["cfw_firewall"]
    project_id, fw_instance_id = cloud.streams()[0][:2]
    expected = {"project_id": project_id, "fw_instance_id": fw_instance_id, "region": "cn-north-4", "endpoint": cloud.url, "name": "edge"}
    assert {name: firewall[name] for name in expected} == expected
    assert firewall["account"] == "default" and firewall["flavor"]["vpc_count"] == 6 and firewall["tags"] == {"stage": "production"}
    assert variables["cfw_flow_log_archive_firewalls"] == [expected]
    assert variables["label"] == "default/edge" and variables["ansible_connection"] == "local"
    assert "1 of 3 projects could not be read: cn-north-4_sealed" in " ".join(found.output.split())

    graph = run(workplace, ["-i", written(workplace, given), "--graph"]).stdout
    assert f"|  |--{edge}" in graph and "@tag_stage_test:" in graph


@pytest.mark.parametrize("way", ["access_key", "password", "token", "file", "metadata"])
def test_ways_to_authenticate(workplace: Workplace, cloud: Simulator, way: str) -> None:
    env = {}
    if way == "file":
        path = workplace.home / ".huaweicloud" / "credentials"
        path.parent.mkdir()
        path.write_text(f"[basic]\nak = {cloud.world.access_key}\nsk = {cloud.world.secret_key}\n", encoding="utf-8")
    if way == "metadata":
        env["HUAWEICLOUD_METADATA_ENDPOINT"] = cloud.url
    options = connection(cloud, way if way not in ("file", "metadata") else "access_key")
    if way in ("file", "metadata"):
        options = {**options, "access_key": None, "secret_key": None, "auth_source": way}
    found = listed(workplace, options, **env)
    # a token is for one project, and says so of the others
    assert found.names() == (["edge"] if way == "token" else ["edge", "office"]), found.output
    assert ("2 of 3" if way == "token" else "1 of 3") in found.output


def test_regions_find_their_own_projects(workplace: Workplace) -> None:
    with Simulator(world=TWO_REGIONS) as cloud:
        found = listed(workplace, two_regions(cloud, keyed_groups=[{"key": "cfw_firewall.region"}]))
        assert found.names() == ["edge", "edge", "edge", "office park"]
        assert len(found.groups["_cn_north_4"]) == 3 and len(found.groups["_eu_west_101"]) == 1
        assert any(name.startswith("office-park-") for name in found.hosts)
        assert len([request for request in cloud.requests() if request["path"] == "/v3/auth/projects"]) == 1

        assert listed(workplace, two_regions(cloud, project_names=["eu-west-101_shop"])).names() == ["edge"]
        refused = listed(workplace, two_regions(cloud, project_names=["MOS"]), **FAILS)
        assert refused.code and "The project MOS of the account default is disabled, or in none of the regions" in " ".join(refused.output.split())


def test_accounts_name_their_own_credentials(workplace: Workplace) -> None:
    worlds = [{"seed": seed, "days": 1, "projects": [{"name": "cn-north-4", "firewalls": [{"name": name}]}]} for seed, name in ((1, "mine"), (2, "theirs"))]
    with Simulator(world=worlds[0]) as mine, Simulator(world=worlds[1]) as theirs:
        accounts = [
            {"name": "mine", "auth_url": mine.url, "endpoint": mine.url, "environment": {"ak": "MINE_AK", "secret_key": "MINE_SK"}},
            {
                "name": "theirs",
                "auth_url": theirs.url,
                "endpoint": theirs.url,
                "user": "auditor",
                "domain": theirs.world.domain_name,
                "password": "{{ lookup('ansible.builtin.env', 'THEIRS') }}",
            },
        ]
        env = {"MINE_AK": mine.world.access_key, "MINE_SK": mine.world.secret_key, "THEIRS": theirs.world.password}
        given = {"region": "cn-north-4", "accounts": accounts, "keyed_groups": [{"key": "cfw_firewall.account", "prefix": "account"}]}
        found = listed(workplace, given, "-vvvv", **env)
        assert found.names() == ["mine", "theirs"], found.output
        assert [host.split("-")[0] for host in found.groups["account_theirs"]] == ["theirs"]
        for secret in (mine.world.secret_key, theirs.world.password):
            assert secret not in found.output and secret not in json.dumps(found.hosts)

        del env["MINE_SK"]
        refused = listed(workplace, given, **env, **FAILS)
        assert refused.code and "accounts[0] (mine): the environment variable MINE_SK for secret_key is not set." in " ".join(refused.output.split())


def test_two_accounts_that_see_the_same_firewalls_list_them_once(workplace: Workplace, cloud: Simulator) -> None:
    own = {name: value for name, value in connection(cloud).items() if name in ("access_key", "secret_key")}
    shared = {name: value for name, value in connection(cloud).items() if name not in own}
    found = listed(workplace, {**shared, "accounts": [{"name": "one", **own}, {"name": "two", **own}]})
    assert found.names() == ["edge", "office"]
    assert {variables["cfw_firewall"]["account"] for variables in found.hosts.values()} == {"one"}
    assert "is seen by the accounts one and two" in " ".join(found.output.split())


def test_cache(workplace: Workplace, cloud: Simulator) -> None:
    cached = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(workplace.folder / "cache")}
    given = {**connection(cloud, "password"), **cached}
    first = listed(workplace, given)
    asked = len(cloud.requests())
    second = listed(workplace, {**given, "compose": {"new": "1"}})
    assert len(cloud.requests()) == asked and set(second.hosts) == set(first.hosts)
    assert all(variables["new"] == 1 for variables in second.hosts.values())
    assert "cn-north-4_sealed" in second.output  # what could not be read is not forgotten
    files = [path.read_text(encoding="utf-8") for path in (workplace.folder / "cache").iterdir()]
    tokens = list(cloud.service.identity._tokens)
    assert files and tokens and not [text for text in files for secret in (cloud.world.password, *tokens) if secret in text]

    assert listed(workplace, given, "--flush-cache").names() == ["edge", "office"]
    assert len(cloud.requests()) > asked
    assert listed(workplace, {**given, "project_names": ["cn-north-4_bank"]}).names() == ["office"]  # another question


@pytest.mark.parametrize("choice", ["fail", "warn", "ignore"])
def test_two_projects_that_refuse(workplace: Workplace, cloud: Simulator, choice: str) -> None:
    cloud.set(refuse_projects=["cn-north-4_bank"])
    cached = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(workplace.folder / "cache")}
    found = listed(workplace, {**connection(cloud), **cached, "on_unreadable": choice}, **FAILS)
    said = "2 of 3 projects could not be read: cn-north-4_bank of account default, cn-north-4_sealed of account default" in " ".join(found.output.split())
    assert said == (choice != "ignore")
    assert bool(found.code) == (choice == "fail")
    assert found.names() == ([] if choice == "fail" else ["edge"])
    assert len(list((workplace.folder / "cache").iterdir())) == (choice != "fail")  # a failure is not kept


def test_nothing_readable_is_a_failure(workplace: Workplace, cloud: Simulator) -> None:
    cloud.set(refuse_projects=["cn-north-4_bank", "cn-north-4_shop"])
    found = listed(workplace, connection(cloud), **FAILS)
    assert found.code and "3 of 3 projects could not be read" in found.output


def test_filters_and_hostnames(workplace: Workplace) -> None:
    with Simulator(world=TWO_REGIONS) as cloud:
        both = ["cfw_firewall.name", "cfw_firewall.fw_instance_id"]
        found = listed(workplace, two_regions(cloud, hostnames=both))
        ids = {variables["cfw_firewall"]["fw_instance_id"] for variables in found.hosts.values() if variables["cfw_firewall"]["name"] == "edge"}
        assert set(found.hosts) == {"office-park", *ids}  # none of three gets the name that is not its own

        tagged = ["cfw_firewall.tags.stage == 'production'", "cfw_firewall.status_text == 'running'"]
        assert listed(workplace, two_regions(cloud, filters=tagged)).names() == ["edge"]
        for more, expected in (
            ({"filters": tagged, "strict": True}, "filters: \"cfw_firewall.tags.stage == 'production'\" can't be evaluated"),
            ({"filters": ["cfw_firewall.name"]}, "filters: 'cfw_firewall.name' yields 'edge'"),
            ({"filters": ["cfw_firewall.name =="]}, "filters: 'cfw_firewall.name ==' can't be evaluated"),
            ({"hostnames": ["cfw_firewall.name"]}, "hostnames gives no name of its own"),
        ):
            refused = listed(workplace, two_regions(cloud, **more), **FAILS)
            assert refused.code and expected in " ".join(refused.output.split())


def test_texts_of_the_service_are_never_templates(workplace: Workplace) -> None:
    proof = workplace.folder / "proof"
    template = "{{ lookup('ansible.builtin.pipe', 'touch " + str(proof) + "') }}"
    world = {"days": 1, "projects": [{"name": "cn-north-4", "firewalls": [{"name": template, "tags": {"owner": template, template: "x"}}]}]}
    with Simulator(world=world) as cloud:
        given = {
            **connection(cloud),
            "keyed_groups": [{"key": "cfw_firewall.tags"}],
            "compose": {"owner": "cfw_firewall.tags.owner"},
            "hostnames": ["cfw_firewall.name"],
        }
        inventory = written(workplace, given)
        tasks = [{"name": "Show", "ansible.builtin.debug": {"msg": ["{{ cfw_firewall }}", "{{ owner }}", "{{ inventory_hostname }}", "{{ group_names }}"]}}]
        played = workplace.play([{"hosts": "all", "gather_facts": False, "tasks": tasks}], {}, "-i", inventory)
    assert played.code == 0, played.output
    shown = played.task("Show").result["msg"]
    assert shown[0]["name"] == shown[1] == template
    assert not proof.exists()


def test_the_role_runs_for_each_host(workplace: Workplace, cloud: Simulator) -> None:
    """Every firewall in a run of its own, one archive: what the inventory says is all that the role needs beside credentials."""
    archive = workplace.folder / "archive"
    inventory = written(workplace, connection(cloud))
    play = {
        "hosts": "all",
        "gather_facts": False,
        "module_defaults": {"group/cloudaudit.huaweicloud.huaweicloud": "{{ cloud }}"},
        "tasks": [{"ansible.builtin.include_role": {"name": "cloudaudit.huaweicloud.cfw_flow_log_archive"}}],
    }
    variables = {"path": str(archive), "start_time": str(cloud.world.begins_at - 7_200_000), "end_time": str(cloud.world.begins_at), "settle": "0"}
    given = {"cloud": connection(cloud), **{f"cfw_flow_log_archive_{name}": value for name, value in variables.items()}}
    played = workplace.play([play], given, "-i", inventory)
    assert played.code == 0, played.output
    collected = [task for task in played.tasks if task.name.endswith("Archive the flow logs of all chosen firewalls")]
    assert sorted([*{stream["name"] for stream in task.result["streams"]}] for task in collected) == [["edge"], ["office"]]
    for project_id, fw_instance_id, log_type in cloud.streams():
        if not cloud.world.projects[project_id].refuses:
            span = {"start": cloud.world.begins_at - 7_200_000, "end": cloud.world.begins_at}
            truth = list(cloud.truth_lines(project_id=project_id, fw_instance_id=fw_instance_id, log_type=log_type, **span))
            assert lines(archive, project_id, fw_instance_id, log_type) == [line for line in truth if line]


def test_a_hosts_summary_names_its_project_in_columns_that_hold_long_names(workplace: Workplace) -> None:
    project, firewall = "cn-north-4_headquarters-and-branches", "edge-of-the-second-data-center"
    with Simulator(world={"days": 0.5, "projects": [{"name": project, "firewalls": [{"name": firewall, "log_types": {"internet": 30}}]}]}) as cloud:
        end = cloud.world.begins_at // 3_600_000 * 3_600_000
        range_ = {"start_time": str(end - 7_200_000), "end_time": str(end), "settle": "0", "log_types": ["internet", "nat"]}
        given = {f"cfw_flow_log_archive_{name}": value for name, value in {**range_, "path": str(workplace.folder / "archive"), "hosts": "all"}.items()}
        options = ("-i", written(workplace, connection(cloud)))
        connected = {**given, "cloudaudit_huaweicloud_connection": connection(cloud)}
        planned, played = (workplace.play(ARCHIVE_PLAYBOOK, connected, *options, *more) for more in (["--check"], []))
    for run_, counts in ((planned, ["0", "0", "-"]), (played, ["2", "0", "0"])):
        assert run_.code == 0, run_.output
        shown = run_.task("Show what was archived").result["msg"]
        column = next(line for line in shown if line.startswith("project / firewall")).index("log type")
        rows = [line for line in shown if line.startswith(f"{project} / {firewall} ")]
        assert [row[column:].split()[:4] for row in rows] == [[log_type, *counts] for log_type in ("internet", "nat")]


def test_the_modules_list_of_firewalls_is_a_variable(workplace: Workplace, cloud: Simulator) -> None:
    task = {
        "name": "Plan",
        "cloudaudit.huaweicloud.cfw_flow_log_archive": {"archive": str(workplace.folder / "archive"), "firewalls": "{{ cfw_flow_log_archive_firewalls }}"},
        "check_mode": True,
    }
    options = {name: value for name, value in connection(cloud).items() if name in ("access_key", "secret_key")}
    play = {"hosts": "edge-*", "gather_facts": False, "module_defaults": {"group/cloudaudit.huaweicloud.huaweicloud": "{{ cloud }}"}, "tasks": [task]}
    played = workplace.play([play], {"cloud": options}, "-i", written(workplace, connection(cloud)))
    assert played.code == 0, played.output
    assert {stream["name"] for stream in played.task("Plan").result["streams"]} == {"edge"}


def test_five_hundred_firewalls_and_two_projects_that_refuse(workplace: Workplace) -> None:
    """Listed, drawn, and taken from the cache. How long that takes is tests/benchmark/fleet.py."""
    projects = [
        {"name": f"cn-north-4_p{number}", "refuses": number >= 50, "firewalls": [{"name": f"fw{number}-{one}"} for one in range(10)]} for number in range(52)
    ]
    with Simulator(world={"days": 1, "projects": projects}) as cloud:
        cached = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(workplace.folder / "cache")}
        given = {**connection(cloud), **cached, "keyed_groups": [{"key": "cfw_firewall.project_name"}], "filters": ["cfw_firewall.status == 2"]}
        found = listed(workplace, given)
        assert len(found.hosts) == 500 and len(found.groups) > 50
        assert "2 of 52 projects could not be read: cn-north-4_p50 of account default, cn-north-4_p51" in " ".join(found.output.split())
        asked = len(cloud.requests())
        assert set(listed(workplace, given).hosts) == set(found.hosts)
        graph = run(workplace, ["-i", written(workplace, given), "--graph"]).stdout
        assert len(cloud.requests()) == asked
    assert {line.rpartition("--")[2] for line in graph.splitlines()} >= set(found.hosts)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unknown option": ({"filter": ["x"]}, "There is no option filter."),
    "no credentials of their own": ({"accounts": [{"name": "a"}]}, "is given beside accounts"),
    "unencrypted endpoint": ({"endpoint": "http://cfw.example.com"}, "is not encrypted"),
    "region no region": ({"region": None, "regions": ["cn north"]}, "is not a region's name"),
    "regions empty": ({"region": None, "regions": []}, "regions: [] is not a list of names"),
    "two ways to say the region": ({"regions": ["cn-north-4"]}, "region and regions exclude each other"),
    "one endpoint for two regions": ({"region": None, "regions": ["cn-north-4", "eu-west-101"]}, "endpoint is one address, but there are 2 regions"),
    "project no ID": ({"project_ids": ["../x"]}, "project_ids"),
    "project not there": ({"project_names": ["cn-north-4_nowhere"]}, "'cn-north-4_nowhere' is not a project"),
    "two choices of projects": ({"project_ids": ["p"], "project_names": ["q"]}, "project_ids and project_names exclude each other"),
    "half of a key": ({"secret_key": None}, "secret_key is missing"),
    "wrong key": ({"secret_key": SECRET}, "401"),
    "wrong token": ({"access_key": None, "secret_key": None, "auth_token": SECRET}, "401"),
    "wrong password": ({"access_key": None, "secret_key": None, "user_name": "auditor", "password": SECRET, "domain_name": "example-corp"}, "401"),
    "secret no text": ({"secret_key": [SECRET]}, "secret_key is not a text."),
    "undefined variable": ({"secret_key": "{{ nowhere_to_be_found }}"}, "secret_key can't be templated"),
    "broken template": ({"secret_key": SECRET + "{{ "}, "secret_key can't be templated"),
    "timeout zero": ({"timeout": 0}, "timeout"),
    "too concurrent": ({"concurrency": 65}, "concurrency: 65"),
}
NO_KEY = {"access_key": None, "secret_key": None}
BAD_ACCOUNTS: dict[str, tuple[Any, str]] = {
    "no list": ({"name": "a", "secret_key": SECRET}, "accounts is not a list of accounts"),
    "empty": ([], "accounts is not a list of accounts"),
    "no dictionary": ([SECRET], "accounts[0] is not a dictionary"),
    "no name": ([{"secret_key": SECRET}], "accounts[0] has no name"),
    "name twice": ([{"name": "a"}, {"name": "a"}], "names more than one account"),
    "unknown key": ([{"name": "a", "secret": SECRET}], "accounts[0] has no option secret"),
    "given twice": ([{"name": "a", "sk": SECRET, "environment": {"secret_key": "X"}}], "secret_key is given twice"),
    "variable not set": ([{"name": "a", "environment": {"secret_key": "NOT_SET_ANYWHERE"}}], "the environment variable NOT_SET_ANYWHERE"),
    "half of a key": ([{"name": "a", "secret_key": SECRET}], "access_key is missing"),
    "undefined variable": ([{"name": "a", "access_key": SECRET, "secret_key": "{{ nowhere_to_be_found }}"}], "the variable nowhere_to_be_found is undefined"),
}


CASES = {**BAD, **{f"accounts: {name}": ({**NO_KEY, "accounts": accounts}, expected) for name, (accounts, expected) in BAD_ACCOUNTS.items()}}
REFUSAL = "[WARNING]: Failed to parse inventory with 'auto' plugin: "


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Output and result of all cases in one run, as starting Ansible takes longer than any of them."""
    workplace = Workplace(tmp_path_factory.mktemp("bad"))
    sources: list[str] = []
    with Simulator("small") as cloud:
        for number, (more, _expected) in enumerate(CASES.values()):
            path = Path(written(workplace, {**connection(cloud), "retry_timeout": 0, **more}))
            sources += ["-i", str(path.rename(path.with_name(f"{number}.cfw_firewall.yml")))]
        finished = run(workplace, [*sources, "--list", "-vvvv"], COLUMNS="100000")
        assert cloud.world.secret_key not in finished.stdout + finished.stderr
    return finished.stderr, finished.stdout


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_said_in_one_line(refusals: tuple[str, str], name: str) -> None:
    said = [line.removeprefix(REFUSAL) for line in refusals[0].splitlines() if line.startswith(REFUSAL)]
    assert len(said) == len(CASES), refusals[0]
    message = said[list(CASES).index(name)]
    assert message.startswith(f"{NAME}: ") and CASES[name][1] in message


def test_bad_input_shows_neither_traceback_nor_secret(refusals: tuple[str, str]) -> None:
    output, result = refusals
    assert "Traceback" not in output and SECRET not in output + result
    assert '"hostvars": {}' in result


def test_only_files_of_the_right_name(workplace: Workplace, cloud: Simulator) -> None:
    path = Path(written(workplace, connection(cloud)))
    other = path.rename(path.with_name("firewalls.yml"))
    assert run(workplace, ["-i", str(other), "--list"], **FAILS).returncode
