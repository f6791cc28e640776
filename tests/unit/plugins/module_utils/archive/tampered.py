# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive to tamper with; C{conftest.py} hands out copies of it."""

from __future__ import annotations

import gzip
import hashlib
import json

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import document
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS
from ansible_collections.cloudaudit.huaweicloud.tests.unit.plugins.module_utils.archive.helpers import NOW

LATER = NOW + 8 * DAY_MS


class Place:
    """An archive to tamper with."""

    def __init__(self, root):
        self.root = root

    def data(self, number=0, sequence=1):
        return sorted(self.root.glob(f"data/**/{sequence:09d}-*.gz"))[number]

    def commit(self, sequence):
        return next(self.root.glob(f"evidence/**/commits/*/{sequence:09d}.json"))

    def day(self):
        return max(self.root.glob("evidence/**/days/*.json"), key=lambda path: json.loads(path.read_bytes())["records"])

    def key(self, path):
        return path.relative_to(self.root).as_posix()

    def lines(self, path):
        return gzip.decompress(path.read_bytes()).splitlines(keepends=True)

    def edit_commit(self, sequence, change):
        """Change a commit and write the chain anew from there on: only what the commits state can betray it."""
        previous = None
        for number in range(sequence, 5):
            path = self.commit(number)
            commit = json.loads(path.read_bytes())
            if number == sequence:
                change(commit)
            if previous is not None:
                commit["previous"]["sha256"] = previous
            data = document(commit)
            path.write_bytes(data)
            previous = hashlib.sha256(data).hexdigest()

    def edit_data(self, change, number=0, sequence=1):
        """Change a file's lines and forge everything that states its bytes."""
        path = self.data(number, sequence)
        key = self.key(path)
        lines = change(self.lines(path))
        stored = gzip.compress(b"".join(lines), mtime=0)
        digest = hashlib.sha256(stored).hexdigest()
        forged = path.with_name(path.name[:14] + digest[:12] + ".jsonl.gz")
        path.unlink()
        forged.write_bytes(stored)

        def forge(commit):
            for entry in commit["data"]:
                if entry["key"] == key:
                    entry.update(key=self.key(forged), sha256=digest, bytes=len(stored))

        self.edit_commit(sequence, forge)
        return self.key(forged)


class Kinds(list):
    """Ways to tamper, which it decorates. Each returns the finding that must name it: (id, key)."""

    def __call__(self, tamper):
        self.append(tamper)
        return tamper
