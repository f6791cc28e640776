# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import errno
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError, OptionError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import ObjectMissing, open_store
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import records, run


@pytest.fixture(name="store")
def _store(tmp_path):
    return open_store(str(tmp_path / "archive"))


def _put(store, key, data):
    with store.workspace() as folder:
        path = os.path.join(folder, "file")
        with open(path, "wb") as stream:
            stream.write(data)
        store.put(key, path)


def _modes(root):
    modes = {"file": set(), "folder": {stat.S_IMODE(os.stat(root).st_mode)}}
    for folder, folders, files in os.walk(root):
        modes["folder"].update(stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode) for name in folders)
        modes["file"].update(stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode) for name in files)
    return modes


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o277])
def test_modes_are_private_whatever_the_umask(store, umask):
    before = os.umask(umask)
    try:
        run(store, records(50))
        with store.workspace() as folder:
            assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    finally:
        os.umask(before)
    assert _modes(store.root) == {"file": {0o600}, "folder": {0o700}}


def test_objects_come_back(store):
    _put(store, "data/a=1/x.gz", b"one")
    assert store.read("data/a=1/x.gz") == b"one"
    _put(store, "data/a=1/x.gz", b"two")
    with store.open("data/a=1/x.gz") as stream:
        assert stream.read() == b"two"
    assert store.exists("data/a=1/x.gz")
    store.delete("data/a=1/x.gz")
    store.delete("data/a=1/x.gz")
    assert not store.exists("data/a=1/x.gz")
    with pytest.raises(ObjectMissing, match="data/a=1/x.gz"):
        store.read("data/a=1/x.gz")


def test_listings_are_in_the_order_of_keys(store):
    keys = ["data/a/b", "data/a-b/c", "data/a0", "data/b/1/2", "data/b.c"]
    for key in keys:
        assert store.create(key, b"12")
    assert [key for key, _size in store.list("data/")] == sorted(keys)
    for start in ("", "data/", *keys, "data/a", "data/a/", "data/a/c", "data/b/1/", "data/z"):
        assert [key for key, _size in store.list("data/", start)] == [key for key in sorted(keys) if key >= start], start
    assert list(store.list("data/b/")) == [("data/b/1/2", 2)]
    assert store.folders("data/") == ["a-b", "a", "b"]
    assert list(store.list("data/nothing/")) == []
    assert store.folders("data/nothing/") == []


def test_create_succeeds_once(store):
    assert store.create("evidence/x", b"1") is True
    assert store.create("evidence/x", b"2") is False
    assert store.read("evidence/x") == b"1"


def test_of_many_creators_one_succeeds(tmp_path):
    barrier = threading.Barrier(8)

    def create(number):
        store = open_store(str(tmp_path / "archive"))
        barrier.wait()
        return store.create("evidence/x", b"%d" % number)

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(create, range(8)))
    assert sum(done) == 1
    assert open_store(str(tmp_path / "archive")).read("evidence/x") == b"%d" % done.index(True)


def test_a_place_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert open_store("~/archive").root == open_store("archive").root == open_store("./x/../archive/").root == str(tmp_path / "archive")


@pytest.mark.parametrize("location", ["", "  ", "https://bucket/prefix", "s3://", "s3://bucket//prefix", "s3://bucket/../prefix"])
def test_a_place_that_is_none_is_refused(location):
    with pytest.raises((ArchiveError, OptionError)):
        open_store(location)


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "precious").write_text("x")
    with pytest.raises(ArchiveError, match="not empty and not an archive"):
        _put(open_store(str(tmp_path)), "data/x", b"")
    assert os.listdir(tmp_path) == ["precious"]


def test_an_empty_file_system_is_accepted(tmp_path):
    (tmp_path / "lost+found").mkdir()
    assert open_store(str(tmp_path)).create("evidence/x", b"")


def test_a_file_or_a_dead_link_as_root_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ArchiveError, match="not a folder"):
        open_store(str(tmp_path / "file")).create("evidence/x", b"")
    with pytest.raises(ArchiveError, match="link to nowhere"):
        open_store(str(tmp_path / "link")).create("evidence/x", b"")
    with pytest.raises(ArchiveError, match="Can't write"):
        open_store(str(tmp_path / "file" / "below")).create("evidence/x", b"")


def test_a_link_as_root_is_followed_but_none_inside(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    store = open_store(str(tmp_path / "link"))
    assert store.create("evidence/x", b"1")
    (tmp_path / "other").mkdir()
    (tmp_path / "real" / "data" / "a").symlink_to(tmp_path / "other")
    with pytest.raises(ArchiveError, match="symbolic link"):
        _put(store, "data/a/x", b"")
    assert os.listdir(tmp_path / "other") == []


def test_a_pipe_in_an_objects_place_does_not_hang(store):
    store.create("evidence/x", b"")
    os.mkfifo(os.path.join(store.root, "evidence", "pipe"))
    with pytest.raises(ArchiveError, match="not a file"):
        store.read("evidence/pipe")


@pytest.mark.parametrize("key", ["../x", "data/../../x", "data//x", "/etc/passwd", "data/./x"])
def test_keys_stay_inside(store, key):
    with pytest.raises(ArchiveError, match="not a key"):
        store.create(key, b"")


@pytest.mark.parametrize(
    "code, says",
    [
        (errno.ENOSPC, "full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "owner and mode"),
        (errno.EDQUOT, "quota"),
        (errno.EIO, "disk"),
        (errno.ENOENT, "is not there"),
    ],
)
def test_errors_say_where_and_what_to_do(store, monkeypatch, code, says):
    store.create("evidence/x", b"")

    def fail(*args, **kwargs):
        raise OSError(code, os.strerror(code))

    with store.workspace() as folder:
        path = os.path.join(folder, "file")
        with open(path, "wb"):
            pass
        monkeypatch.setattr(os, "replace", fail)
        with pytest.raises(ArchiveError) as caught:
            store.put("data/y", path)
    monkeypatch.setattr(os, "link", fail)
    with pytest.raises(ArchiveError) as caught_too:
        store.create("data/z", b"")
    for error, key in ((caught.value, "data/y"), (caught_too.value, "data/z")):
        assert key in str(error) and says in str(error) and os.strerror(code) in str(error)
        assert "\n" not in str(error)
    assert os.listdir(os.path.join(store.root, ".tmp")) == []


def test_a_file_system_without_hard_links_is_told(store, monkeypatch):
    def fail(*args, **kwargs):
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(os, "link", fail)
    with pytest.raises(ArchiveError, match="hard links"):
        store.create("evidence/x", b"")


def test_a_file_from_another_file_system_is_copied(store, tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"1")
    replace = os.replace

    def only_inside(source, target):
        if os.path.dirname(source) == str(tmp_path):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        replace(source, target)

    monkeypatch.setattr(os, "replace", only_inside)
    store.put("data/x", str(path))
    assert store.read("data/x") == b"1"
    assert not path.exists()


def test_left_overs_of_the_dead_go_and_those_of_the_living_stay(store):
    with store.workspace() as living:
        dead = os.path.join(os.path.dirname(living), "dead")
        os.mkdir(dead)
        with open(dead + ".lock", "wb"), open(os.path.join(dead, "x"), "wb"):
            pass
        with store.workspace() as other:
            assert not os.path.exists(dead) and not os.path.exists(dead + ".lock")
            assert os.path.isdir(living) and os.path.isdir(other)
        assert os.path.isdir(living) and not os.path.exists(other)
    assert os.listdir(os.path.join(store.root, ".tmp")) == []


def test_many_workspaces_at_once(tmp_path):
    def work(number):
        store = open_store(str(tmp_path / "archive"))
        for _again in range(10):
            with store.workspace() as folder:
                path = os.path.join(folder, "x")
                with open(path, "wb") as stream:
                    stream.write(b"1")
                store.put(f"data/{number}", path)
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))
    assert os.listdir(tmp_path / "archive" / ".tmp") == []
