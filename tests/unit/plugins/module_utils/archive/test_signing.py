# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commits are signed with Ed25519; unsigned, of an unknown key, wrong and valid are told apart."""

from __future__ import annotations

import base64
import builtins
import hashlib
import json
from pathlib import Path

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import canonical, document
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import load_public_keys, load_signer
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import DependencyError, OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.verify import verify
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import NOW, check, records, run

serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")


class Key:
    """A key pair as PEM text; the same for the same seed."""

    def __init__(self, seed, passphrase=None):
        private = ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())
        protection = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
        self.private = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection).decode()
        public = private.public_key()
        self.raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.public = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
        self.signer = load_signer(self.private, passphrase)


ONE, TWO, OTHER = Key("one"), Key("two"), Key("other")


def archive(tmp_path, *signers):
    """An archive with a commit for each signer; None stands for an unsigned one."""
    store = open_store(str(tmp_path / "archive"))
    for number, signer in enumerate(signers):
        run(store, records(20, seed=number), now=NOW + number, signer=signer)
    return store


def findings(store, *keys, depth="chain"):
    report = verify(store, depth=depth, public_keys=load_public_keys([key.public for key in keys]), now=NOW)
    found = [(one["id"], one["severity"], None if one["key"] is None else int(Path(one["key"]).stem)) for one in report["findings"]]
    return found, report["streams"][0]["signatures"]


def change(store, sequence, edit):
    path = next(Path(store.root).glob(f"evidence/**/{sequence:09d}.json"))
    commit = json.loads(path.read_bytes())
    edit(commit)
    path.write_bytes(document(commit))


def test_the_signature_is_over_the_canonical_form_and_its_key_is_named(tmp_path):
    store = archive(tmp_path, ONE.signer)
    commit = json.loads(next(Path(store.root).glob("evidence/**/000000001.json")).read_bytes())
    signature = commit.pop("signature")
    message = json.dumps(commit, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert message == canonical(commit)
    ed25519.Ed25519PublicKey.from_public_bytes(ONE.raw).verify(base64.b64decode(signature["value"]), message)
    assert signature["algorithm"] == "ed25519" and signature["key_id"] == hashlib.sha256(ONE.raw).hexdigest()[:16]


def test_signed_commits_verify_also_after_a_change_of_keys(tmp_path):
    store = archive(tmp_path, ONE.signer, TWO.signer)
    for depth in ("chain", "data"):
        found, counts = findings(store, ONE, TWO, OTHER, depth=depth)
        assert found == [] and counts == {"valid": 2, "unsigned": 0, "unknown_key": 0, "wrong": 0, "unchecked": 0}
    assert findings(store, TWO)[0] == [("signature-unknown-key", "error", 1)]
    assert findings(store, TWO, depth="none") == ([], {"valid": 1, "unsigned": 0, "unknown_key": 0, "wrong": 0, "unchecked": 0})


def test_without_keys_signatures_are_counted_and_not_judged(tmp_path):
    store = archive(tmp_path, ONE.signer)
    assert check(store) == []
    assert findings(store)[1] == {"valid": 0, "unsigned": 0, "unknown_key": 0, "wrong": 0, "unchecked": 1}


def test_a_later_signature_vouches_for_unsigned_commits_before_it(tmp_path):
    store = archive(tmp_path, None, None, ONE.signer)
    assert findings(store, ONE) == (
        [("signature-missing", "warning", 2)],
        {"valid": 1, "unsigned": 2, "unknown_key": 0, "wrong": 0, "unchecked": 0},
    )


def test_an_archive_without_signatures_is_an_error_when_keys_are_given(tmp_path):
    store = archive(tmp_path, None, None)
    for depth in ("none", "chain"):
        assert findings(store, ONE, depth=depth)[0] == [("signature-missing", "error", 2)]


def test_a_stripped_signature_is_an_error(tmp_path):
    store = archive(tmp_path, ONE.signer, ONE.signer)
    change(store, 2, lambda commit: commit.pop("signature"))
    assert check(store) == []  # by itself the chain looks whole
    assert findings(store, ONE)[0] == [("signature-stripped", "error", 2)]


@pytest.mark.parametrize(
    "edit",
    [
        lambda commit: commit["collection"].update(host="forged"),
        lambda commit: commit["signature"].update(value="AAAA" + commit["signature"]["value"][4:]),
        lambda commit: commit["signature"].update(value=commit["signature"]["value"][:-3] + "B=="),
        lambda commit: commit["signature"].update(value="not base64"),
        lambda commit: commit["signature"].update(value=7),
        lambda commit: commit["signature"].pop("value"),
        lambda commit: commit["signature"].update(algorithm="none"),
        lambda commit: commit.update(signature="yes"),
        lambda commit: commit.update(signature=dict(OTHER.signer.signed(commit)["signature"], key_id=ONE.signer.key_id)),
    ],
)
def test_a_wrong_signature_is_an_error(tmp_path, edit):
    store = archive(tmp_path, ONE.signer, ONE.signer)
    change(store, 2, edit)
    assert findings(store, ONE)[0] == [("signature-wrong", "error", 2)]


def test_a_signed_stream_is_not_continued_unsigned(tmp_path):
    store = archive(tmp_path, ONE.signer)
    with pytest.raises(OptionError, match="signing_key"):
        run(store, records(5, seed=9), now=NOW + 5)
    assert findings(store, ONE)[1]["valid"] == 1


def test_keys_are_read_from_files_and_text_and_with_their_passphrase(tmp_path):
    protected = Key("one", "open sesame")
    path = tmp_path / "key.pem"
    path.write_text(protected.private)
    assert load_signer(str(path), "open sesame").key_id == ONE.signer.key_id
    (tmp_path / "public.pem").write_text(ONE.public)
    store = archive(tmp_path, protected.signer)
    report = verify(store, public_keys=load_public_keys([str(tmp_path / "public.pem")]), now=NOW)
    assert report["findings"] == []
    assert load_signer(None, None) is None and load_public_keys(None) is None and load_public_keys([]) is None


def test_what_is_no_key_is_refused_without_showing_it(tmp_path):
    protected = Key("one", "open sesame").private
    rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa").generate_private_key(65537, 2048)
    other_kind = rsa.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    wrong = [
        (protected, None, "protected by a passphrase"),
        (protected, "guess", "with this signing_key_passphrase"),
        (ONE.private, "open sesame", "not protected"),
        (ONE.public, None, "not a private key"),
        (ONE.private[:60], None, "not a private key"),
        (str(tmp_path / "nowhere.pem"), None, "No such file"),
        ("a\0b", None, "no file"),
        (other_kind, None, "not an Ed25519 key"),
        (None, "open sesame", "without signing_key"),
    ]
    for key, passphrase, words in wrong:
        with pytest.raises(OptionError, match=words) as caught:
            load_signer(key, passphrase)
        shown = str(caught.value) + json.dumps(caught.value.as_result())
        assert "open sesame" not in shown and "guess" not in shown and ONE.private[30:70] not in shown
    for key in (ONE.private, "-----BEGIN", str(tmp_path)):
        with pytest.raises(OptionError, match=r"public_keys\[0\]"):
            load_public_keys([key])


def test_a_missing_library_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **more):
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DependencyError, match="pip install cryptography"):
        load_signer(ONE.private, None)
