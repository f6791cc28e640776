# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command, the control interface, and the table of switches in the README."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from plain_client import NOW, WORLD, Client

from simulator import Simulator
from simulator.switches import SWITCHES, SwitchError, markdown_table

PACKAGE = Path(__file__).resolve().parents[1] / "simulator"


def start(ready_file: Path, *arguments: str, package: Path = PACKAGE) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    process = subprocess.Popen([sys.executable, str(package), "--ready-file", str(ready_file), *arguments], cwd="/")
    for _attempt in range(300):
        if ready_file.exists() or process.poll() is not None:
            break
        time.sleep(0.05)
    assert process.poll() is None
    return process, json.loads(ready_file.read_text(encoding="utf-8"))


def get(url: str, body: Any = None, context: ssl.SSLContext | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data), timeout=10, context=context) as answer:
        return json.load(answer)


def test_command_from_a_folder_of_any_name(tmp_path: Path) -> None:
    package = tmp_path / "some folder" / "anything"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    ready_file = tmp_path / "ready"
    process, ready = start(ready_file, "--world", json.dumps(WORLD), "--switch", "order=oldest_first", "--switch", "fail_next=500,ok", package=package)
    try:
        assert ready_file.stat().st_mode & 0o777 == 0o600 and ready["pid"] == process.pid
        assert {"url", "access_key", "secret_key", "user_name", "password", "domain_name", "region", "projects"} <= set(ready)
        assert ready["projects"][0]["firewalls"][0]["log_types"] == {"internet": 3000, "vpc": 40}
        switches = get(f"{ready['url']}/_sim/switches")
        assert switches["order"] == "oldest_first" and switches["fail_next"] == ["500", "ok"]
        assert get(f"{ready['url']}/_sim/switches", {"order": "newest_first", "latency_ms": 5})["latency_ms"] == 5
        with pytest.raises(urllib.error.HTTPError) as refused:
            get(f"{ready['url']}/_sim/switches", {"order": "random", "latency_ms": 9})
        assert refused.value.code == 400 and "newest_first, oldest_first" in json.load(refused.value)["error"]
        assert get(f"{ready['url']}/_sim/switches")["latency_ms"] == 5
        get(f"{ready['url']}/_sim/reset", {})
        assert get(f"{ready['url']}/_sim/switches")["latency_ms"] == 0
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_now_pins_the_data_and_not_the_clock(tmp_path: Path) -> None:
    now = int(time.time() * 1000) - 3_600_000
    digests = []
    for number in range(2):
        process, ready = start(tmp_path / f"ready{number}", "--world", "demo", "--now", str(now))
        try:
            assert abs(ready["now"] - time.time() * 1000) < 60_000 and ready["begins_at"] == now
            project = ready["projects"][1]
            stream = f"project_id={project['id']}&fw_instance_id={project['firewalls'][0]['id']}&log_type=vgw"
            digests.append(get(f"{ready['url']}/_sim/truth?{stream}"))
        finally:
            process.terminate()
            process.wait(10)
    assert digests[0] == digests[1] and digests[0]["count"] > 1400
    assert [project["refuses"] for project in ready["projects"]] == [False, False, True]
    assert 55_000 < sum(sum(firewall["log_types"].values()) for project in ready["projects"] for firewall in project["firewalls"]) < 65_000


def test_ends_with_its_parent(tmp_path: Path) -> None:
    ready_file = tmp_path / "ready"
    command = [sys.executable, str(PACKAGE), "--ready-file", str(ready_file), "--exit-with-parent"]
    parent = subprocess.Popen([sys.executable, "-c", f"import subprocess, time; subprocess.Popen({command!r}); time.sleep(60)"])
    for _attempt in range(200):
        if ready_file.exists():
            break
        time.sleep(0.05)
    pid = json.loads(ready_file.read_text(encoding="utf-8"))["pid"]
    parent.kill()
    parent.wait(10)
    for _attempt in range(100):
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or ") Z " in stat.read_text(encoding="ascii"):
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("the simulator outlived its parent")


def test_tls(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    process, ready = start(tmp_path / "ready", "--tls-cert", str(certificate), "--tls-key", str(key))
    try:
        assert ready["url"].startswith("https://127.0.0.1:")
        assert get(f"{ready['url']}/_sim/world", context=ssl.create_default_context(cafile=str(certificate)))["region"] == "cn-north-4"
        with pytest.raises(urllib.error.URLError):
            get(f"{ready['url']}/_sim/world")
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize(
    "arguments",
    [["--switch", "unknown=1"], ["--switch", "order=sideways"], ["--switch", "page_cap=many"], ["--world", "nowhere"], ["--world", '{"planets": 9}']],
)
def test_wrong_arguments_end_with_a_line(arguments: list[str]) -> None:
    ended = subprocess.run([sys.executable, str(PACKAGE), *arguments], capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2 and len(ended.stderr.splitlines()) == 1 and ended.stderr.startswith("simulator: ")


def test_truth_counts_digests_and_lines(client: Client) -> None:
    stream = {"project_id": client.project_id, "fw_instance_id": client.fw_instance_id, "log_type": "internet"}
    client.simulator.set(clock_ms=NOW)
    lines = client.get("/_sim/truth.jsonl", **stream).content.splitlines()
    log_ids = sorted(json.loads(line)["log_id"] for line in lines)
    assert client.get("/_sim/truth", **stream).json() == {"count": 3000, "sha256": hashlib.sha256("\n".join(log_ids).encode()).hexdigest()}
    low, high = json.loads(lines[100])["start_time"], json.loads(lines[2900])["start_time"]
    inside = [line for line in lines if low <= json.loads(line)["start_time"] < high]
    assert client.get("/_sim/truth.jsonl", start=low, end=high, **stream).content.splitlines() == inside
    assert client.get("/_sim/truth", start=low, end=high, **stream).json()["count"] == len(inside)
    by_end = [line for line in lines if low <= json.loads(line)["end_time"] < high]
    assert client.get("/_sim/truth.jsonl", start=low, end=high, field="end_time", **stream).content.splitlines() == by_end
    assert client.get("/_sim/truth", app="DNS", **stream).json()["count"] == sum(json.loads(line).get("app") == "DNS" for line in lines)
    assert client.get("/_sim/truth", **{**stream, "log_type": "vgw"}).status_code == 400
    page = client.ask(limit=1024).content
    assert all(line in page for line in lines[-1024:])


def test_journal(client: Client) -> None:
    client.ask(limit=7)
    client.get("/nowhere")
    journal = client.get("/_sim/requests").json()
    assert journal["total"] == 2 and journal["by_status"] == {"200": 1, "404": 1} and journal["by_api"] == {"logs": 1, "unknown": 1}
    asked = journal["requests"][0]
    assert asked["params"]["limit"] == "7" and asked["authentication"] == "token" and asked["path"].endswith("/cfw/logs/flow")
    answer = client.get("/nowhere")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "APIG.0101")


def test_switch_table_of_the_readme() -> None:
    assert markdown_table() in (PACKAGE / "README.md").read_text(encoding="utf-8")


def test_every_switch_is_tested() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    untested = [switch.name for switch in SWITCHES if f"{switch.name}=" not in tests and f'"{switch.name}"' not in tests]
    assert untested == []


@pytest.mark.parametrize(
    "wrong", [{"orders": "x"}, {"order": None}, {"latency_ms": "soon"}, {"page_cap": True}, {"page_cap": 1.5}, {"gzip": "maybe"}, {"error_kinds": ["teapot"]}]
)
def test_wrong_switches_are_refused_whole(wrong: dict[str, Any]) -> None:
    simulator = Simulator({"projects": []})
    with pytest.raises(SwitchError):
        simulator.set(seed=99, **wrong)
    assert simulator.service.switches.current.seed == 1


@pytest.mark.parametrize(
    "way,keys", [("access_key", {"access_key", "secret_key"}), ("password", {"user_name", "password", "domain_name"}), ("token", {"auth_token"})]
)
def test_options_for_modules(simulator: Simulator, way: str, keys: set[str]) -> None:
    assert set(simulator.options(way)) == {"region", "auth_url", "endpoint", "project_id"} | keys
