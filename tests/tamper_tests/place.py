# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A signed archive of two streams, and the means of one who tampers with it."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from pathlib import Path
from typing import Any, Callable

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import document
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import Signer, load_signer
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.spool import Spool
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import Window, grid
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.writer import commit_stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.page import Record
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS, Stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.store import open_store
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

STREAMS = (Stream("p1", "fw-1", "internet"), Stream("p1", "fw-1", "vpc"))
NOW = 1_790_000_000_000 // DAY_MS * DAY_MS + DAY_MS // 2
LATER = NOW + 8 * DAY_MS
COMMITS = 5


def key_pair(seed: str) -> tuple[Signer, str]:
    """A signer, and its public key as PEM text; the same for the same seed."""
    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    signer = load_signer(pem.decode(), None)
    assert signer is not None
    return signer, public.decode()


OWNER, OWNER_PUBLIC = key_pair("owner")
INTRUDER, _INTRUDER_PUBLIC = key_pair("intruder")


def _records(dice: random.Random, count: int, start: int, end: int) -> list[Record]:
    made = []
    for _number in range(count):
        time = dice.randrange(start, end)
        body = {
            "app": dice.choice(["HTTP", "SSH", "DNS"]),
            "bytes": dice.randrange(4000) / 2,
            "direction": dice.choice(["in2out", "out2in"]),
            "dst_host": dice.choice(["", "a.example", 'with "quotes", {braces}']),
            "dst_ip": f"198.51.100.{dice.randrange(9)}",
            "dst_port": dice.choice([22, 53, 443]),
            "end_time": time + 1000,
            "log_id": f"{dice.getrandbits(64):016x}",
            "packets": dice.randrange(30),
            "protocol": dice.choice(["TCP", "UDP"]),
            "src_ip": f"10.0.0.{dice.randrange(30)}",
            "start_time": time,
        }
        made.append(Record(time, str(body["log_id"]), time + 1000, json.dumps(body).encode()))
    return made


def build(root: str) -> None:
    """Five commits a stream: late records, summaries of days, windows that nothing was proven of."""
    store = open_store(root)
    for number, stream in enumerate(STREAMS):
        dice = random.Random(number)
        early = _records(dice, 160, NOW - 2 * DAY_MS, NOW)
        late = _records(dice, 160, LATER - 2 * DAY_MS, LATER)
        runs = [
            (NOW - DAY_MS // 2, [one for one in early if one.start_time < NOW - DAY_MS // 2][::2], "unproven"),
            (NOW, early[::3], "complete"),
            (NOW + 1, early, "complete"),
            (LATER, late[:120], "complete"),
            (LATER + 1, late, "complete"),
        ]
        for now, some, verdict in runs:
            end = now - now % (DAY_MS // 2)
            windows = [Window(a, b, verdict, () if verdict == "complete" else ("lost",), now) for a, b in grid(end - 3 * DAY_MS, end)]
            with store.workspace() as folder:
                spool = Spool(folder)
                spool.add([one for one in some if one.start_time < end])
                more: dict[str, Any] = {"collection": {"host": "h"}, "firewall": None, "region": "r", "endpoint": "https://e", "signer": OWNER}
                commit_stream(store, stream, spool, windows, now=now, encoding="jsonl.gz", **more)


class Place:
    """A copy of the archive. Its dice choose a stream, an object, a place in it."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root = root
        self.dice = random.Random(seed)
        self.stream = self.dice.choice(STREAMS)

    # -- objects

    def key(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def path(self, key: str) -> Path:
        return self.root / key

    def data(self) -> list[Path]:
        return sorted(path for path in self.path(self.stream.data_prefix()).rglob("*") if path.is_file())

    def some_data(self) -> Path:
        return self.dice.choice(self.data())

    def days(self) -> list[Path]:
        return sorted(self.path(self.stream.evidence_prefix() + "days").glob("*.json"))

    def some_day(self) -> Path:
        """A summary that counts something."""
        return self.dice.choice([path for path in self.days() if json.loads(path.read_bytes())["records"]])

    def commit(self, sequence: int) -> Path:
        return self.path(self.stream.commit_key(sequence))

    def inner(self) -> int:
        """The number of a commit that is not the last one."""
        return self.dice.randrange(1, COMMITS)

    def any(self) -> int:
        return self.dice.randrange(1, COMMITS + 1)

    def load(self, sequence: int) -> dict[str, Any]:
        return json.loads(self.commit(sequence).read_bytes())

    def heads(self) -> list[dict[str, Any]]:
        """What was written down elsewhere, as a task returns it."""
        found = []
        for stream in STREAMS:
            digest = hashlib.sha256(self.path(stream.commit_key(COMMITS)).read_bytes()).hexdigest()
            found.append(dict(stream._asdict(), sequence=COMMITS, head=digest))
        return found

    # -- forging

    def write_from(self, sequence: int, change: Callable[[dict[str, Any]], Any] | None, sign: Callable[[dict[str, Any]], dict[str, Any]] | None = None) -> None:
        """Change a commit and link all that follow anew, so that the chain fits; C{sign} makes each of them what it is stored as."""
        previous = None
        for number in range(sequence, COMMITS + 1):
            path = self.commit(number)
            commit = json.loads(path.read_bytes())
            if number == sequence and change is not None:
                change(commit)
            if previous is not None:
                commit["previous"]["sha256"] = previous
            data = document(sign(commit) if sign else commit)
            path.write_bytes(data)
            previous = hashlib.sha256(data).hexdigest()

    def edit_lines(self, path: Path, change: Callable[[list[bytes]], list[bytes]], records: bool = False, sign: Any = None) -> str:
        """Change a data file and everything that states its bytes (and, if asked, its records); returns its new key."""
        old = self.key(path)
        lines = change(gzip.decompress(path.read_bytes()).splitlines(keepends=True))
        stored = gzip.compress(b"".join(lines), mtime=0)
        digest = hashlib.sha256(stored).hexdigest()
        forged = path.with_name(path.name[:14] + digest[:12] + ".jsonl.gz")
        path.unlink()
        forged.write_bytes(stored)

        def forge(commit: dict[str, Any]) -> None:
            for entry in commit["data"]:
                if entry["key"] == old:
                    entry.update(key=self.key(forged), sha256=digest, bytes=len(stored))
                    if records:
                        entry["records"] = len(lines)

        self.write_from(int(path.name[:9]), forge, sign)
        return self.key(forged)

    def edit_day(self, path: Path, change: Callable[[dict[str, Any]], Any]) -> str:
        """Change a summary and what states its bytes."""
        key = self.key(path)
        summary = json.loads(path.read_bytes())
        change(summary)
        data = document(summary)
        path.write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        sequence = next(number for number in range(1, COMMITS + 1) if key in [day["key"] for day in self.load(number)["days"]])

        def forge(commit: dict[str, Any]) -> None:
            next(day for day in commit["days"] if day["key"] == key)["sha256"] = digest

        self.write_from(sequence, forge)
        return key

    def flip(self, path: Path) -> str:
        """Change one bit anywhere in an object."""
        data = bytearray(path.read_bytes())
        bit = self.dice.randrange(len(data) * 8)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        return self.key(path)
