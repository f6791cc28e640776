# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
import os

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import FORMAT, Chain, document, link_to
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, CommitConflict
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import STREAM


@pytest.fixture(name="chain")
def _chain(tmp_path):
    return Chain(open_store(str(tmp_path / "archive")), STREAM)


def _body(head, **more):
    body = {"format": FORMAT, "sequence": head.sequence + 1 if head else 1, "created": 5, "previous": link_to(head), "stream": STREAM._asdict()}
    body.update({"data": [], "windows": [], "coverage": [], "days": []}, **more)
    return body


def _grow(chain, count):
    head = chain.head()
    for _number in range(count):
        head = chain.append(_body(head))
    return head


def test_commits_come_back_in_both_orders(chain):
    assert chain.head() is None and list(chain.commits()) == []
    last = _grow(chain, 5)
    assert chain.head() == last
    assert [head.sequence for head in chain.commits()] == [5, 4, 3, 2, 1]
    assert [head.sequence for head in chain.commits(oldest_first=True)] == [1, 2, 3, 4, 5]
    assert last.sha256 == hashlib.sha256(chain.store.read(last.key)).hexdigest()


def test_the_newest_of_many_is_found_in_two_listings(chain, monkeypatch):
    head = chain.append(_body(None))
    for sequence in (999, 1000, 1001, 2500):
        body = dict(_body(head), sequence=sequence)
        assert chain.store.create(STREAM.commit_key(sequence), document(body))
    listings = []
    for verb in ("list", "folders"):
        original = getattr(chain.store, verb)
        monkeypatch.setattr(chain.store, verb, lambda prefix, original=original: listings.append(prefix) or original(prefix))
    assert chain.head().sequence == 2500
    assert len(listings) == 2


def test_an_empty_newest_folder_is_passed_over(chain):
    _grow(chain, 2)
    os.mkdir(os.path.join(chain.store.root, STREAM.commits_prefix(), "000001"))
    assert chain.head().sequence == 2


def test_a_sequence_is_given_once(chain):
    first = chain.append(_body(None))
    with pytest.raises(CommitConflict, match="another run"):
        chain.append(_body(None, created=6))
    assert chain.head() == first


@pytest.mark.parametrize("oldest_first", [True, False])
def test_a_changed_commit_breaks_the_chain(chain, oldest_first):
    _grow(chain, 4)
    path = os.path.join(chain.store.root, STREAM.commit_key(2))
    with open(path, "r+b") as stream:
        data = stream.read().replace(b'"created":5', b'"created":4')
        stream.seek(0)
        stream.write(data)
    with pytest.raises(ArchiveError, match="000000002"):
        list(chain.commits(oldest_first))


def test_bytes_are_canonical_and_survive_any_text(chain):
    name = "Feuermauer ä \u4e2d \ud800 \" \\ \n"
    head = chain.append(_body(None, firewall={"name": name, "status": 2}, z=1.5, a=None))
    data = chain.store.read(head.key)
    assert data.endswith(b"}\n") and data.count(b"\n") == 1
    assert json.loads(data)["firewall"]["name"] == name
    assert data == document(json.loads(data))
    assert list(json.loads(data)) == sorted(json.loads(data))


@pytest.mark.parametrize(
    "change",
    [
        {"format": "commit/2"},
        {"sequence": 2},
        {"previous": {"key": "x"}},
        {"data": [{"key": "x"}]},
        {"days": [{}]},
        {"windows": [{"start": 5, "end": 5, "added": 0, "records": 0}]},
        {"windows": [{"start": 1, "end": 5, "added": 2, "records": 1}]},
        {"windows": [{"start": 1, "end": 10**17, "added": 0, "records": 1}]},
        {"coverage": [[1, 2]]},
        {"stream": {}},
        {"created": None},
        {"created": True},
    ],
)
def test_what_is_no_commit_is_refused(chain, change):
    with pytest.raises(ArchiveError):
        chain.append(dict(_body(None), **change))
    assert chain.head() is None
