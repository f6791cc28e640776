# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report says of a fleet stays short: what is true of many streams is said once, and names each of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.judging import EXPIRED
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import Signer
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.view import view
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from prepared import DAY, HOUR, INTERNET, MIDNIGHT, NOW, OTHER, VPC, Prepared, firewalls

pytestmark = pytest.mark.quick


def test_the_same_finding_of_many_streams_is_one_entry_that_names_them(tmp_path: Path) -> None:
    made = Prepared(tmp_path / "archive")
    for stream in (INTERNET, OTHER, VPC):
        made.commit(stream, [(MIDNIGHT - 240 * HOUR, MIDNIGHT - 216 * HOUR)], NOW - 214 * HOUR)
    answer = made.ask(start_time=str(MIDNIGHT - 240 * HOUR), end_time=str(MIDNIGHT))
    shown = view(answer, "")
    lost = [entry for entry in shown["findings"] if "never collected" in entry["message"]]
    assert [entry["stream"] for entry in lost] == ["3 streams"]
    assert sorted(one["id"] for one in lost[0]["each"]) == sorted(one["id"] for one in answer["findings"] if one["kind"] == "time-lost")
    assert {one["stream"].split()[-1] for one in lost[0]["each"]} == {"internet", "vpc"}
    assert sum(len(entry["each"]) for entry in shown["findings"]) == len(answer["findings"])
    assert "time lost (3 times)" in shown["verdict"]["reasons"]


def test_the_least_proven_firewall_comes_first(tmp_path: Path) -> None:
    made = Prepared(tmp_path / "archive")
    begin = MIDNIGHT - 240 * HOUR
    made.commit(INTERNET, [(begin, begin + 24 * HOUR)], begin + 30 * HOUR, firewall={"name": "a few hours missing", "status": 2})
    made.commit(OTHER, [(begin, begin + 2 * HOUR)], begin + 30 * HOUR, firewall={"name": "most hours missing", "status": 2})
    rows = view(made.ask(start_time=str(begin), end_time=str(begin + 30 * HOUR)), "")["coverage"]["rows"]
    assert [(row["name"], row["share"]) for row in rows] == [("most hours missing", "6.7 %"), ("a few hours missing", "80 %")]


@pytest.mark.parametrize(("depth", "said"), [("none", "Only the newest commit"), ("chain", "the data were not read"), ("data", None)])
def test_what_was_not_read_is_said_where_the_verdict_stands(tmp_path: Path, depth: str, said: str | None) -> None:
    made = Prepared(tmp_path / "archive")
    made.daily()
    verdict = view(made.ask(firewalls=firewalls(INTERNET), log_types=["internet"], verify=depth), "")["verdict"]
    assert verdict["word"] == "Sound"
    assert [said in caveat and "to data" in caveat for caveat in verdict["caveats"] if said] == ([True] if said else [])
    assert len(verdict["caveats"]) == (1 if said else 0)


def test_an_audit_against_the_archive_alone_says_so_where_the_verdict_stands(tmp_path: Path) -> None:
    made = Prepared(tmp_path / "archive")
    made.daily()
    [caveat] = view(made.ask(), "")["verdict"]["caveats"]
    assert "never archived is not seen" in caveat


def test_signatures_that_were_not_checked_are_said_where_the_verdict_stands(tmp_path: Path) -> None:
    made = Prepared(tmp_path / "archive")
    key = Ed25519PrivateKey.generate()
    made.daily(days=2, signer=Signer(key))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    asked = {"firewalls": firewalls(INTERNET), "log_types": ["internet"]}
    unchecked = view(made.ask(**asked), "")
    assert unchecked["verdict"]["word"] == "Sound"
    [caveat] = unchecked["verdict"]["caveats"]
    assert caveat.startswith("2 signatures not checked: no public key was given") and "cfw_flow_log_archive_public_keys" in caveat
    assert view(made.ask(**asked, public_keys=[public]), "")["verdict"]["caveats"] == []


def test_the_report_names_the_command_of_the_verifier_that_stands_alone(tmp_path: Path) -> None:
    made = Prepared(tmp_path / "archive")
    made.daily(days=1)
    answer = made.ask()
    assert view(answer, "")["command"]["verify"] == f"python3 verify.py {tmp_path}/archive --heads FILE"
    made.daily(OTHER, days=1, signer=Signer(Ed25519PrivateKey.generate()))
    assert view(made.ask(), "")["command"]["verify"] == f"python3 verify.py {tmp_path}/archive --heads FILE --public-key PEM"
    in_a_bucket = view({**answer, "archive": "s3://bucket/prefix"}, "")["command"]
    assert in_a_bucket["verify"].startswith("python3 verify.py COPY ") and in_a_bucket["head"].startswith("sha256sum COPY/evidence/")


def test_damaged_files_stand_where_the_proven_share_stands(tmp_path: Path) -> None:
    made = Prepared(tmp_path / "archive")
    for stream in (INTERNET, OTHER):
        made.daily(stream)
    assert [row["damage"] for row in view(made.ask(), "")["coverage"]["rows"]] == ["", ""]
    path = made.path(f"data/**/fw_instance_id={OTHER.fw_instance_id}/**/*.jsonl.gz")
    path.write_bytes(path.read_bytes()[:-9] + b"X" + path.read_bytes()[-8:])
    shown = view(made.ask(), "")
    proven = next(figure for figure in shown["figures"] if figure["label"] == "Time proven complete")
    assert (proven["value"], proven["note"].split(";")[0]) == ("100 % as committed", "1 file damaged or missing since")
    assert [row["damage"] for row in shown["coverage"]["rows"]] == ["1 file damaged or missing since", ""]


def test_time_that_the_service_had_dropped_when_it_was_asked_for_is_called_so(tmp_path: Path) -> None:
    made = Prepared(tmp_path / "archive")
    begin = MIDNIGHT - 9 * DAY
    made.commit(INTERNET, [(begin, begin + DAY)], NOW - HOUR, verdict="unproven", reason=EXPIRED)
    [found] = [one for one in made.ask(end_time=str(begin + DAY))["findings"] if one["kind"] == "time-unproven-for-good"]
    assert "1 day were asked for when the service had begun to drop them" in found["message"]
    assert "Start the collection at -7d" in found["advice"]
