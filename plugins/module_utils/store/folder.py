# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive in a folder."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from contextlib import contextmanager
from typing import BinaryIO, Iterator, List, NoReturn, Sequence

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ArchiveError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.interface import OWN, ObjectMissing, Store, checked_key
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DATA, EVIDENCE
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.workspace import claim

_WORK = OWN.rstrip("/")
_Names = List[str]  # inside the store, 'list' is one of its verbs
_Entries = List["os.DirEntry[str]"]
_IGNORED = {_WORK, "lost+found"}  # the root of a file system of its own is still an empty folder

_HINTS = {
    errno.ENOSPC: "The file system is full: free space or move the archive, then run again; nothing committed was harmed.",
    errno.EDQUOT: "The disk quota is used up: raise it or free space, then run again; nothing committed was harmed.",
    errno.EROFS: "The file system is read-only: mount it for writing or choose another archive.",
    errno.EACCES: "The user running this task may not do that: check owner and mode of the folder and of those above it.",
    errno.EPERM: "The user or the file system does not allow it: check owner, attributes (immutable?) and whether hard links are supported.",
    errno.ENOTDIR: "A part of the path is not a folder: choose another archive.",
    errno.ELOOP: "A symbolic link stands where the archive keeps its own objects: put the real file or folder back.",
    errno.ENOENT: "A folder of this path is not there and can't be made, or was just removed: check the path, and that nobody removes files there.",
    errno.EIO: "The disk reports an error: check it before trusting this archive; verify with data depth.",
}
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class FolderStore(Store):
    """Files are 0600 and folders 0700, whatever the umask. The work folders lie in the archive: moving a file in is one call."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.location = self.shared_path = root
        self._ready = False

    # -- reading

    def require(self) -> None:
        if not os.path.isdir(self.root):
            found = "is a link to nowhere" if os.path.islink(self.root) else "is not a folder" if os.path.exists(self.root) else "does not exist"
            raise ArchiveError(f"There is no archive at {self.root}: it {found}.", "Check the path; is the volume mounted?", path=self.root)
        if not os.path.isdir(os.path.join(self.root, EVIDENCE)):
            raise ArchiveError(f"{self.root} is not an archive: it has no folder 'evidence'.", "Check the path.", path=self.root)

    def open(self, key: str) -> BinaryIO:
        path = self._path(key)
        try:
            # no link is followed, and a pipe in an object's place does not make us wait
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0))
        except (FileNotFoundError, NotADirectoryError):
            raise ObjectMissing(f"{key} is missing from {self.root}.", "Restore it from a copy of the archive.", key=key) from None
        except OSError as exc:
            self._fail("read", key, exc)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise ArchiveError(f"{key} in {self.root} is not a file.", "Put the real file back from a copy of the archive.", key=key)
        return os.fdopen(handle, "rb", buffering=0)

    def read(self, key: str) -> bytes:
        with self.open(key) as stream:
            try:
                return stream.read()
            except OSError as exc:
                self._fail("read", key, exc)

    def exists(self, key: str) -> bool:
        return os.path.lexists(self._path(key))

    def list(self, prefix: str, start: str = "") -> Iterator[tuple[str, int]]:
        for entry in self._entries(prefix):
            name = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                if name + "/" >= start[: len(name) + 1]:
                    yield from self.list(name + "/", start)
            elif name >= start:
                try:
                    yield name, entry.stat(follow_symlinks=False).st_size
                except FileNotFoundError:
                    continue  # removed since: by the writer that lost a race, for instance

    def folders(self, prefix: str) -> _Names:
        return [entry.name for entry in self._entries(prefix) if entry.is_dir(follow_symlinks=False)]

    def _entries(self, prefix: str) -> _Entries:
        try:
            with os.scandir(self._path(prefix)) as entries:
                found = [entry for entry in entries if prefix or entry.name not in _IGNORED]
        except FileNotFoundError:
            return []
        except OSError as exc:
            self._fail("list", prefix, exc)
        return sorted(found, key=lambda entry: entry.name + "/" if entry.is_dir(follow_symlinks=False) else entry.name)

    # -- writing

    def put(self, key: str, path: str) -> None:
        self._prepare()
        try:
            _sync(path)
            os.chmod(path, 0o600)
            folder = self._folder_of(key)
            try:
                os.replace(path, self._path(key))
            except OSError as exc:
                if exc.errno != errno.EXDEV:
                    raise
                self._put_from_elsewhere(key, path)
            _sync(folder)
        except OSError as exc:
            self._fail("write", key, exc)

    def _put_from_elsewhere(self, key: str, path: str) -> None:
        with self.workspace() as work:
            copy = os.path.join(work, "object")
            shutil.copyfile(path, copy)
            os.chmod(copy, 0o600)
            _sync(copy)
            os.replace(copy, self._path(key))
        os.unlink(path)

    def put_many(self, files: Sequence[tuple[str, str]]) -> None:
        for key, path in files:
            self.put(key, path)

    def create(self, key: str, data: bytes) -> bool:
        if self.exists(key):
            return False
        with self.workspace() as work:
            try:
                path = os.path.join(work, "object")
                with open(path, "wb") as stream:
                    stream.write(data)
                os.chmod(path, 0o600)
                _sync(path)
                folder = self._folder_of(key)
                os.link(path, self._path(key))  # the one call that is atomic, exclusive, and never shows half a file
                _sync(folder)
            except FileExistsError:
                return False
            except OSError as exc:
                if exc.errno in _NO_LINKS:
                    raise ArchiveError(
                        f"{self.root} can't decide between two writers: its file system has no hard links ({exc.strerror}).",
                        "Put the archive on a file system with hard links (ext4, XFS, NFS, ZFS ...).",
                        path=self.root,
                    ) from exc
                self._fail("write", key, exc)
        return True

    def delete(self, key: str) -> None:
        try:
            os.unlink(self._path(key))
        except FileNotFoundError:
            return
        except OSError as exc:
            self._fail("remove", key, exc)

    def is_locked(self, key: str) -> bool:
        """A folder has no locks of its own."""
        return False

    def protect(self, keys: Sequence[str]) -> None:
        """A folder has no retention of its own."""

    @contextmanager
    def workspace(self) -> Iterator[str]:
        self._prepare()
        work = os.path.join(self.root, _WORK)
        try:
            folder = claim(work)
        except OSError as exc:
            self._fail("write", _WORK, exc)
        try:
            yield folder.path
        finally:
            folder.remove()

    def _prepare(self) -> None:
        """Make the archive's folders, once; a folder that holds something else is never turned into an archive."""
        if self._ready:
            return
        try:
            if not os.path.isdir(self.root):
                self._make_root()
            names = set(os.listdir(self.root)) - _IGNORED
            if names and EVIDENCE.rstrip("/") not in names:
                raise ArchiveError(
                    f"{self.root} is not empty and not an archive (it has no folder 'evidence').",
                    "Name an empty or a new folder: an archive shares its folder with nothing else.",
                    path=self.root,
                )
            # evidence first: a run killed right here must leave something that is recognised
            for name in (EVIDENCE, DATA, _WORK):
                _make_folder(os.path.join(self.root, name.rstrip("/")))
        except OSError as exc:
            self._fail("write", "", exc)
        self._ready = True

    def _make_root(self) -> None:
        if os.path.lexists(self.root) and not os.path.isdir(self.root):  # another run may have made it just now
            what = "a symbolic link to nowhere" if os.path.islink(self.root) else "not a folder"
            raise ArchiveError(f"{self.root} is {what}.", "Name a folder, or a path where one can be made.", path=self.root)
        missing, path = [], self.root
        while not os.path.lexists(path):
            missing.append(path)
            path = os.path.dirname(path)
        for folder in reversed(missing):
            _make_folder(folder)

    def _folder_of(self, key: str) -> str:
        path = self.root
        for name in key.split("/")[:-1]:
            path = os.path.join(path, name)
            _make_folder(path)
        return path

    def _path(self, key: str) -> str:
        return os.path.join(self.root, *checked_key(key).rstrip("/").split("/")) if key else self.root

    def _fail(self, verb: str, key: str, exc: OSError) -> NoReturn:
        place = os.path.join(self.root, key) if key else self.root
        hint = _HINTS.get(exc.errno or 0, "Check the folder and the file system it lies on.")
        raise ArchiveError(f"Can't {verb} {place}: {exc.strerror or exc}.", hint, path=place) from exc


def _make_folder(path: str) -> None:
    """Make one folder, 0700, durable; a link in a folder's place is refused: listings would not see behind it."""
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        mode = os.lstat(path).st_mode
        if not stat.S_ISDIR(mode):
            raise OSError(errno.ELOOP if stat.S_ISLNK(mode) else errno.ENOTDIR, "not a folder", path) from None
        return
    os.chmod(path, 0o700)
    _sync(os.path.dirname(path))


def _sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as exc:
        if exc.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):  # some network file systems can't sync a folder
            raise
    finally:
        os.close(handle)
