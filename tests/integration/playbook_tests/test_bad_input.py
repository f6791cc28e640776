# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input through real tasks: each fails with one line that says what to change, without a traceback or a secret."""

from __future__ import annotations

from typing import Any

import pytest

from playbook import Run, Workplace
from simulator import Simulator

PREFIX = "cloudaudit.huaweicloud."
SECRETS = {name: f"Sw0rdfish-{name}" for name in ("secret_key", "password", "auth_token", "security_token")}
# As variables, since Ansible itself shows the lines of a playbook that a message is about.
SECRET_KEY, PASSWORD, AUTH_TOKEN, SECURITY_TOKEN = ("{{ secrets." + name + " }}" for name in SECRETS)
RIGHT_SECRETS: list[str] = []  # those that the simulated cloud accepts
ANY_FIREWALL = "2af58b7c-893c-4453-a984-bdd9b1bd6318"

# name: (module, options beside those of a good connection and query, what the message has to contain)
QUERY = "cfw_flow_log_info"
LIST = "cfw_firewall_info"
ARCHIVE = "cfw_flow_log_archive"
AUDIT = "cfw_flow_log_archive_info"
CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "limit too large": (QUERY, {"limit": 1025}, "limit"),
    "limit zero": (QUERY, {"limit": 0}, "limit"),
    "limit no number": (QUERY, {"limit": "many"}, "limit"),
    "port too large": (QUERY, {"dst_port": 65536}, "dst_port"),
    "port negative": (QUERY, {"src_port": -1}, "src_port"),
    "port fractional": (QUERY, {"src_port": 80.5}, "src_port"),
    "protocol unknown": (QUERY, {"protocol": "SCTP"}, "protocol"),
    "direction unknown": (QUERY, {"direction": "inbound"}, "direction"),
    "log type unknown": (QUERY, {"log_type": "wan"}, "log_type"),
    "address no address": (QUERY, {"src_ip": "300.1.2.3"}, "src_ip"),
    "offset negative": (QUERY, {"offset": -1}, "offset"),
    "end before start": (QUERY, {"start_time": "now", "end_time": "-1h"}, "end_time"),
    "time is nonsense": (QUERY, {"start_time": "yesterday"}, "start_time"),
    "time in seconds": (QUERY, {"start_time": "1663555012"}, "seconds"),
    "cursor without its time": (QUERY, {"log_id": "76354"}, "next_date"),
    "time without its cursor": (QUERY, {"next_date": 1663555012000}, "log_id"),
    "firewall escapes its path": (QUERY, {"fw_instance_id": "../../x?y"}, "fw_instance_id"),
    "line break in an option": (QUERY, {"app": "SSH\nHTTP"}, "app"),
    "option too long": (QUERY, {"dst_host": "h" * 300}, "dst_host"),
    "expression invalid": (QUERY, {"query": "records[?"}, "query"),
    "expression without a function": (QUERY, {"query": "nothing(records)"}, "query"),
    "bound negative": (QUERY, {"max_records": -1}, "max_records"),
    "unencrypted endpoint": (QUERY, {"endpoint": "http://cfw.example.com"}, "endpoint"),
    "endpoint no address": (QUERY, {"endpoint": "cfw example"}, "endpoint"),
    "timeout zero": (QUERY, {"timeout": 0}, "timeout"),
    "rate negative": (QUERY, {"rate_limit": -2}, "rate_limit"),
    "unknown source of credentials": (QUERY, {"auth_source": "magic"}, "auth_source"),
    "unknown option": (QUERY, {"limits": 5}, "limits"),
    "access key alone": (LIST, {"secret_key": None}, "secret_key"),
    "secret key wrong": (LIST, {"secret_key": SECRET_KEY}, "401"),
    "password wrong": (LIST, {"access_key": None, "secret_key": None, "user_name": "auditor", "password": PASSWORD, "domain_name": "example-corp"}, "401"),
    "token worthless": (LIST, {"access_key": None, "secret_key": None, "auth_token": AUTH_TOKEN}, "401"),
    "temporary key wrong": (LIST, {"secret_key": SECRET_KEY, "security_token": SECURITY_TOKEN}, "401"),
    "nobody listens": (LIST, {"endpoint": "http://127.0.0.1:9", "retry_timeout": 0}, "127.0.0.1"),
    "project not there": (LIST, {"project_id": None, "project_names": ["cn-north-4_nowhere"]}, "cn-north-4_nowhere"),
    "certificates not there": (LIST, {"ca_path": "/nowhere/ca.pem"}, "/nowhere/ca.pem"),
    "window does not divide a day": (ARCHIVE, {"window": "7h"}, "window"),
    "settle nonsense": (ARCHIVE, {"settle": "soon"}, "settle"),
    "concurrency too high": (ARCHIVE, {"concurrency": 65}, "concurrency"),
    "archive in an object store": (ARCHIVE, {"archive": "s3://bucket/prefix"}, "archive"),
    "archive in a foreign folder": (ARCHIVE, {"archive": "/usr"}, "/usr"),
    "no firewall at all": (ARCHIVE, {"fw_instance_id": None}, "fw_instance_id"),
    "log type of archives unknown": (ARCHIVE, {"log_types": ["wan"]}, "log_types"),
    "archive not there": (AUDIT, {"archive": "/nowhere/archive"}, "/nowhere/archive"),
    "verification unknown": (AUDIT, {"verify": "all"}, "verify"),
    "head no hash": (AUDIT, {"heads": [{"project_id": "p", "fw_instance_id": "f", "log_type": "vpc", "head": "abc"}]}, "head"),
}
LOOKUPS = {
    "lookup without a start": ("lookup('cloudaudit.huaweicloud.cfw_flow_log', 'fw', end_time='now', **cloud)", "start_time"),
    "lookup with a bad port": ("lookup('cloudaudit.huaweicloud.cfw_flow_log', 'fw', start_time='-1h', end_time='now', dst_port=70000, **cloud)", "dst_port"),
    "lookup with a wrong token": (
        "lookup('cloudaudit.huaweicloud.cfw_flow_log', 'fw', start_time='-1h', end_time='now', **(cloud | combine(secrets)))",
        "401",
    ),
}


def options(module: str, connection: dict[str, Any], archive: str, given: dict[str, Any]) -> dict[str, Any]:
    """Good options of the module, changed by the case's; None takes an option away."""
    good: dict[str, Any] = {} if module == AUDIT else {name: "{{ cloud." + name + " }}" for name in connection}
    if module in (QUERY, ARCHIVE):
        good["fw_instance_id"] = ANY_FIREWALL
    if module == QUERY:
        good.update(start_time="-1h", end_time="now")
    if module in (ARCHIVE, AUDIT):
        good["archive"] = archive
    good.update(given)
    return {name: value for name, value in good.items() if value is not None}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All cases in one playbook, as starting Ansible takes longer than any of them."""
    workplace = Workplace(tmp_path_factory.mktemp("bad"))
    with Simulator("small") as cloud:
        connection = {**cloud.options(), "retry_timeout": 5}
        RIGHT_SECRETS.append(cloud.world.secret_key)
        tasks: list[dict[str, Any]] = []
        for name, (module, given, _expected) in CASES.items():
            arguments = options(module, connection, str(workplace.folder / "archive"), given)
            tasks.append({"name": name, PREFIX + module: arguments, "ignore_errors": True})
        for name, (expression, _expected) in LOOKUPS.items():
            tasks.append({"name": name, "ansible.builtin.debug": {"msg": "{{ " + expression + " }}"}, "ignore_errors": True})
        plays = [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]
        return workplace.play(plays, {"cloud": connection, "secrets": SECRETS}, "-vvvv")


@pytest.mark.parametrize("name", [*CASES, *LOOKUPS])
def test_says_in_one_line_what_to_change(run: Run, name: str) -> None:
    expected = {**{case: row[2] for case, row in CASES.items()}, **{case: row[1] for case, row in LOOKUPS.items()}}[name]
    task = run.task(name)
    assert task.status == "failed", task.result
    message = task.result["msg"]
    assert expected in message
    assert len(message.strip().splitlines()) == 1, message
    assert "exception" not in task.result, task.result["exception"]


def test_shows_neither_traceback_nor_secret(run: Run) -> None:
    assert run.code == 0, run.output[-4000:]
    assert len(run.tasks) == len(CASES) + len(LOOKUPS)
    assert "Traceback" not in run.output
    leaks = [line for line in run.output.splitlines() for secret in (*SECRETS.values(), *RIGHT_SECRETS) if secret in line]
    assert not leaks
