# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the archive's unit tests, unchanged, on a real object store: `pytest -p on_object_store tests/unit/plugins/module_utils/archive`.

The tests name folders, look into them, and change what is there. Here a folder is a mirror of a prefix in a bucket: what is
written goes to the bucket and then into the mirror; what a test changed in the mirror goes to the bucket before anything is read.
All that the code under test reads comes from the bucket. Tests about folders themselves are left out.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "parts"), str(TESTS / "store_tests")]

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store import s3 as store_s3
from ceph import Ceph
from places import plain_client

BUCKET = "units"
ABOUT_FOLDERS: dict[str, set[str] | None] = {
    "test_store.py": {
        "test_modes_are_private_whatever_the_umask",
        "test_a_place_is_expanded",
        "test_a_folder_of_something_else_is_refused",
        "test_an_empty_file_system_is_accepted",
        "test_a_file_or_a_dead_link_as_root_is_refused",
        "test_a_link_as_root_is_followed_but_none_inside",
        "test_a_pipe_in_an_objects_place_does_not_hang",
        "test_errors_say_where_and_what_to_do",
        "test_a_file_system_without_hard_links_is_told",
        "test_a_file_from_another_file_system_is_copied",
        "test_left_overs_of_the_dead_go_and_those_of_the_living_stay",
        "test_many_workspaces_at_once",
        "test_a_place_that_is_none_is_refused",
    },
    "test_tamper_files.py": {"test_found[link_instead_of_data]", "test_found[folder_instead_of_data]"},
    "test_verify.py": {"test_no_archive_is_not_an_empty_archive"},
    "test_verify_workers.py": None,  # about processes that verify folders
    "test_streams.py": None,  # makes streams of empty folders, which no object store has
    "test_s3.py": None,  # about the client's settings, and opens stores of its own
    "test_crash.py": None,  # dies at calls to the file system; test_kills_and_meetings.py kills runs on object stores
}
_state: dict[str, Any] = {}


class Mirrored(store_s3.S3Store):
    """An archive in the bucket, and its mirror in the folder that the test named."""

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)
        super().__init__(f"s3://{BUCKET}/{hashlib.sha256(self.root.encode()).hexdigest()[:16]}", _state["options"])

    def require(self) -> None:
        self._send_changes()
        super().require()

    def open(self, key: str) -> BinaryIO:
        self._send_changes()
        return super().open(key)

    def exists(self, key: str) -> bool:
        self._send_changes()
        return super().exists(key)

    def list(self, prefix: str, start: str = "") -> Iterator[tuple[str, int]]:
        self._send_changes()
        return super().list(prefix, start)

    def folders(self, prefix: str) -> Any:
        self._send_changes()
        return super().folders(prefix)

    def put(self, key: str, path: str) -> None:
        copy = path + ".copy"
        shutil.copyfile(path, copy)
        super().put(key, path)
        self._mirror(key, copy)

    def create(self, key: str, data: bytes) -> bool:
        made = super().create(key, data)
        if made:
            with self.workspace() as folder:
                copy = os.path.join(folder, "copy")
                Path(copy).write_bytes(data)
                self._mirror(key, copy)
        return made

    def delete(self, key: str) -> None:
        super().delete(key)
        self._sent.pop(key, None)
        Path(self.root, key).unlink(missing_ok=True)

    @property
    def _sent(self) -> dict[str, tuple[int, int, int]]:
        """By key, what the mirror's file is known to be: inode, change time, size."""
        sent: dict[str, tuple[int, int, int]] = _state["sent"].setdefault(self.root, {})
        return sent

    def _mirror(self, key: str, copy: str) -> None:
        target = Path(self.root, key)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(copy, target)
        self._sent[key] = _stamp(target)

    def _send_changes(self) -> None:
        """Make the bucket what a test made of the mirror. Children of a test only write."""
        if os.getpid() != _state["pid"]:
            return
        paths = [path for path in Path(self.root).rglob("*") if path.is_file() and not path.is_symlink()]  # an object store has no links
        there = {path.relative_to(self.root).as_posix(): path for path in paths}
        for key, path in there.items():
            stamp = _stamp(path)
            if self._sent.get(key) != stamp:
                _state["client"].put_object(Bucket=BUCKET, Key=self._place.prefix + key, Body=path.read_bytes())
                self._sent[key] = stamp
        for key in [key for key in self._sent if key not in there]:
            _state["client"].delete_object(Bucket=BUCKET, Key=self._place.prefix + key)
            del self._sent[key]


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, status.st_size


def _start() -> None:
    subprocess.run([str(TESTS / "parts" / "ceph.sh")], check=True)
    ceph = Ceph()
    ceph.__enter__()
    client = plain_client(ceph.endpoint, ceph.ca_path, ceph.access_key, ceph.secret_key)
    client.create_bucket(Bucket=BUCKET)
    options = {"s3_endpoint_url": ceph.endpoint, "s3_access_key": ceph.access_key, "s3_secret_key": ceph.secret_key, "s3_ca_path": ceph.ca_path}
    _state.update(ceph=ceph, client=client, options=options, sent={}, pid=os.getpid())


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _state:
        _state["ceph"].__exit__()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        names = ABOUT_FOLDERS.get(item.path.name, set())
        function = getattr(item, "originalname", item.name)
        needs_a_store = hasattr(getattr(item, "module", None), "open_store")
        (kept if needs_a_store and names is not None and not {item.name, function} & names else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


@pytest.fixture(autouse=True, scope="module")
def _on_the_object_store(request: pytest.FixtureRequest) -> Iterator[None]:
    if not _state:
        _start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(request.module, "open_store", Mirrored)
        patch.setattr(request.module, "FolderStore", Mirrored, raising=False)
        yield
