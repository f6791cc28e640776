# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeded manipulations of an archive: both verifiers find each of them, and name the object.

The everyday run tries 60 of them, each kind at least once; TAMPERINGS=1000 in the environment is the whole test.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import document
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.removal import remove_expired
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import load_public_keys
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.verify import verify as verify_of_the_collection
from manipulations import KINDS
from place import COMMITS, LATER, OWNER, OWNER_PUBLIC, Place, build
from tamper_kinds import HEAD, KEY

SHIPPED = Path(__file__).resolve().parents[2] / "extensions" / "verify.py"
COUNT = int(os.environ.get("TAMPERINGS", "60"))


def _load_shipped():
    spec = importlib.util.spec_from_file_location("shipped_verifier", SHIPPED)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


shipped = _load_shipped()


@pytest.fixture(name="pristine", scope="module")
def _pristine(tmp_path_factory):
    root = tmp_path_factory.mktemp("pristine") / "archive"
    build(str(root))
    return root


@pytest.fixture(name="public_key", scope="module")
def _public_key(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "owner.pem"
    path.write_text(OWNER_PUBLIC)
    return path


def by_the_collection(root, heads, key):
    """The findings of the collection's verifier, as {(id, key)}."""
    known = [dict(head, sha256=head["head"]) for head in heads]
    keys = load_public_keys([str(key)] if key else None)
    report = verify_of_the_collection(open_store(str(root)), depth="data", heads=known, public_keys=keys, now=0)
    return {(one["id"], one["key"]) for one in report["findings"]}


def by_the_shipped_one(root, heads, key, folder):
    path = folder / "heads.json"
    path.write_text(json.dumps({"streams": heads}))
    keys = dict([shipped.public_key(str(key))]) if key else {}
    _streams, findings = shipped.verify(str(root), shipped.known_heads(str(path)) if heads else [], keys)
    return {(one["id"], one["key"]) for one in findings}


@pytest.mark.parametrize("seed", range(COUNT))
def test_a_manipulation_is_found_by_both_verifiers(pristine, public_key, tmp_path, seed):
    name, needs, tamper = KINDS[seed % len(KINDS)]
    place = Place(Path(shutil.copytree(pristine, tmp_path / "archive")), seed)
    heads = place.heads() if needs == HEAD else []
    key = public_key if needs == KEY else None
    expected = tamper(place)
    ours = by_the_collection(place.root, heads, key)
    theirs = by_the_shipped_one(place.root, heads, key, tmp_path)
    for found in (ours, theirs):
        assert expected & {one[1] for one in found}, (name, expected, found)


def test_each_kind_is_tried():
    assert len(KINDS) <= COUNT


@pytest.mark.parametrize("with_heads", [False, True])
@pytest.mark.parametrize("with_key", [False, True])
def test_an_unharmed_copy_gives_no_finding(pristine, public_key, tmp_path, with_heads, with_key):
    place = Place(Path(shutil.copytree(pristine, tmp_path / "archive")), 0)
    heads = place.heads() if with_heads else []
    key = public_key if with_key else None
    assert by_the_collection(place.root, heads, key) == set()
    assert by_the_shipped_one(place.root, heads, key, tmp_path) == set()


@pytest.mark.parametrize("tamper", [tamper for _name, needs, tamper in KINDS if needs != "nothing"], ids=lambda tamper: tamper.__name__)
def test_what_needs_a_head_or_a_key_really_needs_it(pristine, tmp_path, tamper):
    """Else the tests above would prove less than they say."""
    if tamper.__name__.startswith("flip") or tamper.__name__.endswith("spoiled"):
        pytest.skip("most of these make the commit unreadable")
    place = Place(Path(shutil.copytree(pristine, tmp_path / "archive")), 7)
    tamper(place)
    assert by_the_collection(place.root, [], None) == by_the_shipped_one(place.root, [], None, tmp_path) == set()


@pytest.mark.parametrize("harm", [None, "locked", "altered", "planned too early", "one too many"])
def test_removal_by_retention_is_told_from_loss(pristine, tmp_path, harm):
    place = Place(Path(shutil.copytree(pristine, tmp_path / "archive")), 1)
    before = {place.key(path): path.read_bytes() for path in place.data()}
    more = {"collection": {}, "signer": OWNER}
    done = remove_expired(open_store(str(place.root)), place.stream, days=7, reason="seven days", now=LATER, **more)
    gone = sorted(set(before) - {place.key(path) for path in place.data()})
    assert done.files == len(gone) > 3
    named = place.stream.commit_key(COMMITS + 1)
    expected = {("removed-by-retention", named)}
    if harm in ("locked", "altered"):
        place.path(gone[0]).write_bytes(before[gone[0]] + (b"x" if harm == "altered" else b""))
        expected.add(("removal-unfinished", gone[0]))
    if harm == "altered":
        expected.add(("object-changed", gone[0]))
    if harm == "one too many":
        path = place.some_data()
        path.unlink()
        expected.add(("object-missing", place.key(path)))
    if harm == "planned too early":
        commit = json.loads(place.path(named).read_bytes())
        commit["created"] -= 7 * DAY_MS
        place.path(named).write_bytes(document(commit))
        expected.add(("removal-contradicts-chain", named))
    for found in (by_the_collection(place.root, [], None), by_the_shipped_one(place.root, [], None, tmp_path)):
        assert expected <= found and (harm == "altered" or {one for one in found if one[0] != "clock-backwards"} == expected)
    assert command(place.root).returncode == int(harm is not None)


def command(*arguments):
    return subprocess.run([sys.executable, "-I", "-S", str(SHIPPED), *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60)


def test_the_shipped_verifier_is_a_command_without_libraries(pristine, public_key, tmp_path):
    """-I -S: no site-packages, nothing of the collection."""
    place = Place(Path(shutil.copytree(pristine, tmp_path / "archive")), 0)
    (tmp_path / "heads.json").write_text(json.dumps({"streams": place.heads()}))
    (tmp_path / "heads.txt").write_text(f"ticket 7: {place.heads()[0]['head']}\n")
    for heads in ("heads.json", "heads.txt"):
        done = command(place.root, "--heads", tmp_path / heads, "--public-key", public_key)
        assert (done.returncode, done.stderr) == (0, "") and "\nVERIFIED (depth data)\n" in done.stdout
    result = json.loads(command(place.root, "--json", "--depth", "chain").stdout)
    assert result["verified"] is True and [one["sequence"] for one in result["streams"]] == [5, 5]
    assert [one["head"] for one in result["streams"]] == [one["head"] for one in place.heads()]
    assert all(len(one["gaps"]) == 1 for one in result["streams"])
    place.flip(place.some_data())
    done = command(place.root)
    assert done.returncode == 1 and "NOT VERIFIED" in done.stdout and "object-changed" in done.stdout


def test_signatures_that_were_not_checked_are_counted_beside_the_verdict(pristine, public_key):
    done = command(pristine)
    assert done.returncode == 0 and "\nVERIFIED (depth data; 10 signatures not checked: no --public-key)\n" in done.stdout
    assert json.loads(command(pristine, "--json").stdout)["signatures_not_checked"] == 10
    assert json.loads(command(pristine, "--json", "--public-key", public_key).stdout)["signatures_not_checked"] == 0


def test_of_a_log_with_the_roles_lines_only_these_are_taken(pristine, tmp_path):
    """The log of a job has other SHA-256 values too, such as those of a report's files."""
    place = Place(Path(shutil.copytree(pristine, tmp_path / "archive")), 0)
    ids = ("project_id", "fw_instance_id", "log_type")
    lines = [f"{'/'.join(f'{name}={head[name]}' for name in ids)} #{head['sequence']} {head['head']}" for head in place.heads()]
    log = tmp_path / "job.log"
    log.write_text(json.dumps({"sha256": "ab" * 32}) + "\n" + json.dumps({"msg": lines}, indent=4))
    done = command(place.root, "--heads", log)
    assert (done.returncode, done.stderr) == (0, "")
    newest = place.stream.commit_key(COMMITS)
    place.path(newest).unlink()
    done = command(place.root, "--heads", log)
    assert done.returncode == 1 and f"ERROR chain-shortened {newest}:" in done.stdout


def test_a_window_from_the_beginning_of_time_without_a_verdict_is_a_finding(pristine, tmp_path):
    place = Place(Path(shutil.copytree(pristine, tmp_path / "archive")), 0)
    place.write_from(1, lambda commit: commit["windows"].insert(0, {"start": 0, "end": DAY_MS, "added": 0, "records": 0}))
    done = command(place.root)
    assert (done.returncode, done.stderr) == (1, "") and f"ERROR coverage-contradicts-chain {place.stream.commit_key(1)}:" in done.stdout


def test_a_pipe_in_a_data_files_place_is_not_waited_for(pristine, tmp_path):
    place = Place(Path(shutil.copytree(pristine, tmp_path / "archive")), 0)
    path = place.some_data()
    path.unlink()
    os.mkfifo(path)
    done = command(place.root)
    assert done.returncode == 1 and f"ERROR data-unreadable {place.key(path)}: The file can't be read: it is no file." in done.stdout


def test_what_is_unusable_is_said_in_one_line(pristine, tmp_path):
    (tmp_path / "empty.txt").write_text("nothing")
    for arguments in ([tmp_path], [tmp_path / "none"], [pristine, "--heads", tmp_path / "empty.txt"], [pristine, "--public-key", SHIPPED]):
        done = command(*arguments)
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and done.stdout == ""


def test_an_archive_without_streams_is_not_verified(tmp_path):
    (tmp_path / "evidence").mkdir()
    assert command(tmp_path).returncode == 1


def test_ed25519_agrees_with_the_vectors_of_rfc_8032():
    """The first three of section 7.1."""
    vectors = [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ]
    for public, message, signature in ([bytes.fromhex(part) for part in vector] for vector in vectors):
        assert shipped.ed25519_holds(public, message, signature)
        assert not shipped.ed25519_holds(public, message + b"x", signature)
        assert not shipped.ed25519_holds(public, message, signature[:-1] + bytes([signature[-1] ^ 1]))
        assert not shipped.ed25519_holds(public, message, signature[:32])
