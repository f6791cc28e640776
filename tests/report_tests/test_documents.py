# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files for machines: audit.json against its schema, gaps, the statement and its signature, OSCAL; the last two against what is published."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import load_signer
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.report_files import contents, write
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from prepared import DAY, INTERNET, MIDNIGHT, NOW, OTHER, Prepared, firewalls, unreadable

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "schemas" / "audit-1.schema.json").read_text())


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """An audit that has something of everything: a gap, lost and collectable time, rules, and something unreadable."""
    archive = Prepared(tmp_path_factory.mktemp("prepared") / "archive")
    archive.daily(days=18, leave=((MIDNIGHT - 16 * DAY, MIDNIGHT - 15 * DAY), (MIDNIGHT - 4 * DAY, MIDNIGHT - 3 * DAY)))
    archive.daily(OTHER, firewall={"name": "=cmd()", "status": 5})
    return archive.ask(
        firewalls=[*firewalls(INTERNET), {**firewalls(OTHER)[0], "name": "=cmd()"}, *firewalls(OTHER._replace(fw_instance_id="never"))],
        log_types=["internet"],
        unreadable=unreadable(INTERNET._replace(project_id="sealed")),
        retention=[{"name": "pci-dss-4"}, {"name": "house", "days": 10}],
    )


def files(answer: dict[str, Any], **options: Any) -> dict[str, bytes]:
    return contents(answer, options.get("signer"), "plan.json")


@pytest.mark.quick
def test_audit_json_is_what_its_schema_says(answer: dict[str, Any], tmp_path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    stored = json.loads(files(answer)["audit.json"])
    assert stored == answer
    validator.validate(stored)
    assert {one["state"] for one in stored["gaps"]} == {"lost", "collectable"}
    (tmp_path / "evidence").mkdir()
    validator.validate(Prepared(tmp_path).ask())
    for broken in ({**stored, "verdict": "fine"}, {name: value for name, value in stored.items() if name != "findings"}):
        assert not validator.is_valid(broken)


@pytest.mark.quick
def test_gaps_have_a_line_each_and_no_formula(answer: dict[str, Any]) -> None:
    rows = list(csv.DictReader(io.StringIO(files(answer)["gaps.csv"].decode(), newline="")))
    assert [(int(row["start"]), int(row["end"]), row["state"]) for row in rows] == [(gap["start"], gap["end"], gap["state"]) for gap in answer["gaps"]]
    assert [row["seconds"] for row in rows] == ["86400", "86400"]
    renamed = json.loads(json.dumps(answer))
    for one in renamed["scope"]["firewalls"]:
        one["name"] = '=cmd(),"x'
    again = list(csv.DictReader(io.StringIO(files(renamed)["gaps.csv"].decode(), newline="")))
    assert {row["name"] for row in again} == {"'=cmd(),\"x"}


@pytest.mark.quick
def test_the_statement_is_about_the_audit_and_the_heads(answer: dict[str, Any]) -> None:
    made = files(answer)
    stated = json.loads(made["audit.intoto.json"])
    subjects = {one["name"]: one["digest"]["sha256"] for one in stated["subject"]}
    heads = {one["head_key"]: one["head"] for one in answer["streams"] if one["head"]}
    assert subjects == {"audit.json": hashlib.sha256(made["audit.json"]).hexdigest(), **heads} and len(heads) == 2
    assert stated["predicate"]["verdict"] == "failed" and stated["predicate"]["findings"] == [one["id"] for one in answer["findings"]]


@pytest.mark.quick
def test_the_envelope_is_signed_over_its_type_and_payload(answer: dict[str, Any]) -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    made = files(answer, signer=load_signer(pem, None))
    assert "audit.intoto.json" not in made
    envelope = json.loads(made["audit.intoto.dsse.json"])
    payload = base64.b64decode(envelope["payload"])
    assert json.loads(payload) == json.loads(files(answer)["audit.intoto.json"])
    [signature] = envelope["signatures"]
    kind = envelope["payloadType"]
    message = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
    private.public_key().verify(base64.b64decode(signature["sig"]), message)


@pytest.mark.quick
def test_oscal_is_the_same_for_the_same_audit_and_claims_nothing(answer: dict[str, Any]) -> None:
    first, second = (files(answer)["assessment-results.oscal.json"] for _time in range(2))
    assert first == second
    later = files({**answer, "created": NOW + 1})["assessment-results.oscal.json"]
    uuids = [json.loads(text)["assessment-results"]["uuid"] for text in (first, later)]
    assert uuids[0] != uuids[1]
    [result] = json.loads(first)["assessment-results"]["results"]
    assert "findings" not in result and b"satisfied" not in first.replace(b"No control is claimed to be satisfied", b"")
    values = {prop["value"] for one in result["observations"] for prop in one.get("props", ())}
    assert {one["head"] for one in answer["streams"] if one["head"]} | {one["id"] for one in answer["findings"]} <= values


@pytest.mark.quick
def test_files_are_private_and_the_other_statement_goes(answer: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "new" / "report"
    (tmp_path / "new").mkdir()
    folder.mkdir(mode=0o755)
    (folder / "audit.intoto.dsse.json").write_text("old")
    paths = write(str(folder), files(answer))
    assert {Path(path).name for path in paths.values()} == {path.name for path in folder.iterdir()}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_what_is_published_accepts_the_files(answer: dict[str, Any], tmp_path: Path, part: Path) -> None:
    empty = tmp_path / "empty"
    (empty / "evidence").mkdir(parents=True)
    checker = str(Path(__file__).with_name("published.py"))
    for name, one in (("full", answer), ("none", Prepared(empty).ask())):
        folder = tmp_path / name
        write(str(folder), files(one))
        done = subprocess.run([str(part), checker, str(folder)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    for name in ("audit.intoto.json", "assessment-results.oscal.json"):
        broken = tmp_path / f"broken-{name}"
        write(str(broken), files(answer))
        document = json.loads((broken / name).read_text())
        document.get("assessment-results", document)["unknown"] = 1
        (broken / name).write_text(json.dumps(document))
        assert subprocess.run([str(part), checker, str(broken)], capture_output=True, check=False).returncode != 0
