# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify an archive of flow logs, format 1, with nothing but Python 3.9 or newer.

    python3 verify.py ARCHIVE [--heads FILE] [--public-key PEM]... [--depth chain|data] [--json]

This file stands alone: it was written against the description of the format, it shares no code with the collection
that writes archives, and it never writes. Read it from top to bottom, then run it on a copy of the archive.

  Chain    Every commit names the one before it by key and SHA-256; its coverage is what the coverage before it and its
           own windows make; its windows and its data files count the same records.
  Objects  Every object that a commit names is there with the bytes that were committed; there is nothing else.
  Data     (--depth data, the default) Every line is JSON; records ascend by start_time and log_id, lie on their date
           and in a window of their commit, and none is there twice; windows and summaries count what is there.
  Head     Commits cut off the end, or a whole chain written anew, can be seen only with a head that was written down
           elsewhere: --heads takes a task's result (JSON), or any text with SHA-256 values.
  Keys     With --public-key (once for each key that was in use) every commit must be signed, or be followed by one.

Exit status: 0 verified, 1 there are findings (the kind "notice" is none), 2 the archive or an argument is unusable.
"""

import argparse
import base64
import binascii
import bisect
import datetime
import decimal
import gzip
import hashlib
import heapq
import io
import json
import os
import re
import sys
from urllib.parse import quote, unquote

FORMAT = "cloudaudit.huaweicloud/commit/1"
DAY_FORMAT = "cloudaudit.huaweicloud/day/1"
DAY_MS = 86_400_000
SEVEN_DAYS_MS = 7 * DAY_MS
PARTITION = r"project_id=[^/]+/fw_instance_id=[^/]+/log_type=[^/]+"
COMMIT_KEY = re.compile(rf"evidence/({PARTITION})/commits/(\d{{6}})/(\d{{9}})\.json")
DAY_KEY = re.compile(rf"evidence/({PARTITION})/days/(\d{{4}}-\d{{2}}-\d{{2}})\.json")
DATA_KEY = re.compile(rf"data/({PARTITION})/date=(\d{{4}}-\d{{2}}-\d{{2}})/(\d{{9}})-\d{{3}}-([0-9a-f]{{12}})\.([a-z0-9.]+)")
LAST_MS = 253_402_300_800_000  # the year 10000
DISTINCT = 20_000  # a summary that had to count more values than this says that it is approximate


class Unusable(Exception):
    """Nothing can be verified: a wrong place, a wrong argument, no permission."""


class UnknownEncoding(Exception):
    """The records of a file can't be read here; its bytes can be hashed all the same."""


class Findings(dict):
    def state(self, kind, key, message, severity="error"):
        """Of equal faults of one object the first is told."""
        self.setdefault((kind, key), {"id": kind, "severity": severity, "key": key, "message": message})


# -- small questions


def whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def start_of(date):
    """The first millisecond of a UTC date; None for what is none."""
    try:
        return int(datetime.datetime.strptime(date + "+0000", "%Y-%m-%d%z").timestamp()) * 1000
    except ValueError:
        return None


def date_of(time_ms):
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=time_ms)).strftime("%Y-%m-%d")


def canonical(value):
    """The bytes that a signature is over."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "backslashreplace")


def no_constant(name):
    raise ValueError(name)  # NaN and Infinity are not JSON


def read(root, key):
    """The bytes of an object. A link is not followed: what it points to is not in the archive."""
    path = os.path.join(root, key)
    if os.path.islink(path) or not os.path.isfile(path):
        raise FileNotFoundError(path)
    with open(path, "rb") as file:
        return file.read()


# ------------------------------------------------------------------------------------- Ed25519, RFC 8032, section 5.1

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def decode_point(data):
    """A point in extended coordinates (X, Y, Z, XY) from its 32 bytes; None where they are none."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def encode_point(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def add(a, b):
    u, v = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    s, t = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = v - u, t - s, t + s, v + u
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_holds(public, message, signature):
    key = decode_point(public)
    s = int.from_bytes(signature[32:], "little")
    if key is None or len(signature) != 64 or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    minus_key = (P - key[0], key[1], 1, P - key[3])
    return encode_point(add(multiply(s, BASE), multiply(h, minus_key))) == signature[:32]  # [s]B - [h]A = R


def public_key(path):
    """(key ID, raw key) from a PEM file with an Ed25519 public key."""
    try:
        with open(path, encoding="ascii") as file:
            body = re.search(r"-----BEGIN PUBLIC KEY-----(.*?)-----END PUBLIC KEY-----", file.read(), re.S)
        der = base64.b64decode("".join(body.group(1).split()), validate=True) if body else b""
    except (OSError, ValueError) as error:
        raise Unusable(f"{path} can't be read as a public key: {error}") from None
    if len(der) != 44 or der[:12] != bytes.fromhex("302a300506032b6570032100"):
        raise Unusable(f"{path} is not an Ed25519 public key in PEM form.")
    return sha256(der[12:])[:16], der[12:]


def judge_signature(commit, keys):
    signature = commit.get("signature")
    if signature is None:
        return "unsigned"
    try:
        if signature["algorithm"] != "ed25519":
            return "wrong"
        if signature["key_id"] not in keys:
            return "unknown"
        value = base64.b64decode(signature["value"], validate=True)
        if base64.b64encode(value).decode() != signature["value"]:
            return "wrong"
        message = canonical({name: part for name, part in commit.items() if name != "signature"})
        return "valid" if ed25519_holds(keys[signature["key_id"]], message, value) else "wrong"
    except (KeyError, TypeError, ValueError, binascii.Error):
        return "wrong"


# -- the chain


class Stream:
    """What one chain of commits states, after it was read."""

    def __init__(self, partition):
        self.partition = partition  # project_id=P/fw_instance_id=F/log_type=T
        self.sequences = []  # of the commits that are there
        self.hashes = {}  # by sequence
        self.head = None  # (sequence, SHA-256)
        self.coverage = []
        self.entries = {}  # data files by key: the commit's entry, with "sequence", "date" and "windows"
        self.days = {}  # by date: (key, SHA-256, sequence)
        self.removed = set()  # keys of data files that a commit states as removed by retention

    def commit_key(self, sequence):
        return f"evidence/{self.partition}/commits/{sequence // 1000:06d}/{sequence:09d}.json"


def fault_of(commit, partition, sequence):
    """Why a decoded commit is none of format 1; None when it is one."""
    if not isinstance(commit, dict) or commit.get("format") != FORMAT:
        return "it is not a commit of format 1"
    if commit.get("sequence") != sequence or not whole(commit.get("created")):
        return "its sequence or its time is wrong"
    stream = commit.get("stream")
    names = [part.partition("=") for part in partition.split("/")]
    if not isinstance(stream, dict) or any(stream.get(name) != unquote(value) for name, _is, value in names):
        return "it speaks of another stream"
    lists = [commit.get(name) for name in ("data", "days", "windows", "coverage")] + [commit.get("removed", [])]
    if not all(isinstance(one, list) for one in lists):
        return "a list is missing"
    data, days, windows, coverage, removed = lists
    if not all(isinstance(one, dict) and isinstance(one.get("key"), str) and isinstance(one.get("sha256"), str) for one in data + days + removed):
        return "it names an object without key or SHA-256"
    if not all(whole(one.get(name)) for one in data for name in ("bytes", "records")):
        return "a data file has no size"
    until = commit.get("removed_before")
    if not all(whole(one.get("records")) and isinstance(one.get("reason"), str) for one in removed) or not (whole(until) or (until is None and not removed)):
        return "what it removes is incomplete"
    for one in windows:
        if not isinstance(one, dict) or not all(whole(one.get(name)) for name in ("start", "end", "added", "records")):
            return "a window is incomplete"
        if not 0 <= one["start"] < one["end"] <= LAST_MS or not 0 <= one["added"] <= one["records"]:
            return "a window contradicts itself"
    before = 0
    for row in coverage:
        if not isinstance(row, list) or len(row) != 5 or not all(whole(row[at]) for at in (0, 1, 3, 4)) or row[2] not in ("complete", "unproven"):
            return "a row of its coverage is malformed"
        if not before <= row[0] < row[1] <= LAST_MS or row[3] < 0:
            return "its coverage does not ascend, or overlaps"
        before = row[1]
    previous = commit.get("previous")
    if (previous is None) != (sequence == 1) or not (previous is None or isinstance(previous, dict)):
        return "it does not name the commit before it"
    return None


def replay(coverage, commit):
    """The coverage after a commit's windows replaced what they contain; ValueError says where that does not fit."""
    rows = []
    for window in commit["windows"]:
        inside = [row for row in coverage if row[0] < window["end"] and row[1] > window["start"]]
        if any(row[0] < window["start"] or row[1] > window["end"] for row in inside):
            raise ValueError("a window overlaps only a part of what was covered")
        if sum(row[3] for row in inside) + window["added"] != window["records"]:
            raise ValueError("window")
        coverage = [row for row in coverage if row not in inside]
        rows.append([window["start"], window["end"], window.get("verdict"), window["records"]])
    result = []
    for row in sorted([row[:4] for row in coverage] + rows, key=lambda row: row[0]):
        last = result[-1] if result else None
        if last and last[1] > row[0]:
            raise ValueError("two windows overlap")
        if last and last[1] == row[0] and last[2] == row[2] and row[1] <= commit["created"] - SEVEN_DAYS_MS:
            result[-1] = [last[0], row[1], last[2], last[3] + row[3]]
        else:
            result.append(row)
    return result


def read_chain(root, stream, keys, findings):
    before = None  # (sequence, SHA-256, coverage) of the commit before, if that could be read
    signed, unsigned, expected, removed_before = False, None, 1, None
    for sequence in stream.sequences:
        key = stream.commit_key(sequence)
        if sequence != expected:
            findings.state("commit-missing", stream.commit_key(expected), f"Commits {expected} to {sequence - 1} are missing.")
            before = None
        expected = sequence + 1
        try:
            data = read(root, key)
            stream.hashes[sequence] = sha256(data)
            commit = json.loads(data, parse_constant=no_constant)
            fault = fault_of(commit, stream.partition, sequence)
        except (OSError, ValueError, RecursionError) as error:
            fault = f"it can't be read: {error}"
        if fault:
            findings.state("commit-unreadable", key, f"The commit can't be used: {fault}.")
            before = None
            continue
        if sequence == stream.sequences[-1] and canonical(commit) + b"\n" != data:
            findings.state("commit-not-canonical", key, "The commit is written in another form than archives have; its meaning may be the same.", "warning")
        if before and commit["previous"] != {"key": stream.commit_key(before[0]), "sha256": before[1]}:
            findings.state("chain-broken", stream.commit_key(before[0]), f"Commit {sequence} does not follow it as it is now.")
        if before or sequence == 1:
            check_coverage(before[2] if before else [], commit, key, findings)
        take_objects(stream, commit, key, findings)
        if before and (commit.get("removed") or commit.get("removed_before") != removed_before):
            take_removed(stream, commit, removed_before or 0, key, findings)
        removed_before = commit.get("removed_before")
        if keys:
            signed, unsigned = check_signature(judge_signature(commit, keys), key, signed, unsigned, findings)
        before = (sequence, stream.hashes[sequence], commit["coverage"])
    if unsigned:
        findings.state("signature-missing", unsigned, "Unsigned up to here, and no later signature vouches for it.")
    if before:
        stream.head, stream.coverage = before[:2], before[2]


def check_signature(verdict, key, signed, unsigned, findings):
    """Whether the stream is signed by now, and the last unsigned commit that no later signature vouches for."""
    if verdict == "unsigned" and signed:
        findings.state("signature-stripped", key, "The commit is not signed, but earlier ones are.")
    elif verdict == "unsigned":
        return False, key
    elif verdict == "unknown":
        findings.state("signature-unknown-key", key, "The commit is signed with a key that was not given.")
    elif verdict == "wrong":
        findings.state("signature-wrong", key, "The commit is not what its signature is over.")
    elif unsigned:
        findings.state("signature-missing", unsigned, "Unsigned up to here; a later signature vouches for it.", "warning")
        unsigned = None
    return True, unsigned


def check_coverage(before, commit, key, findings):
    try:
        if replay(before, commit) != [row[:4] for row in commit["coverage"]]:
            findings.state("coverage-contradicts-chain", key, "The coverage is not what the one before it and the commit's windows make.")
    except ValueError as error:
        if str(error) == "window":
            findings.state("window-contradicts-chain", key, "A window's records are not those it had and those that were added.")
        findings.state("coverage-contradicts-chain", key, f"The commit's windows don't fit the coverage before it: {error}.")


def take_objects(stream, commit, key, findings):
    """Note the objects that a commit names, and hold its windows against its files, date by date."""
    sequence, added, held = commit["sequence"], {}, {}
    for window in commit["windows"]:
        date = date_of(window["start"]) if window["start"] // DAY_MS == (window["end"] - 1) // DAY_MS else "several"
        added[date] = added.get(date, 0) + window["added"]
    for entry in commit["data"]:
        name = DATA_KEY.fullmatch(entry["key"])
        fits = name and name[1] == stream.partition and int(name[3]) == sequence and entry["sha256"].startswith(name[4]) and start_of(name[2]) is not None
        if not fits:
            findings.state("commit-contradicts-itself", key, "The commit names a data file that can't be its own.")
            continue
        if entry["key"] in stream.entries:
            findings.state("file-named-twice", key, f"{entry['key']} is named twice.")
        held[name[2]] = held.get(name[2], 0) + entry["records"]
        windows = [[one["start"], one["end"], one["added"]] for one in commit["windows"] if one["added"]]
        stream.entries[entry["key"]] = dict(entry, sequence=sequence, date=name[2], windows=windows)
    equal = sum(added.values()) == sum(held.values())
    if not equal or (not added.get("several") and any(added.get(date, 0) != held.get(date, 0) for date in {**added, **held})):
        findings.state("commit-contradicts-itself", key, "The commit's windows and its files count different records.")
    for day in commit["days"]:
        name = DAY_KEY.fullmatch(day["key"])
        if not name or name[1] != stream.partition or start_of(name[2]) is None:
            findings.state("commit-contradicts-itself", key, "The commit names a summary that can't be its own.")
        elif name[2] in stream.days:
            findings.state("day-named-twice", key, f"The summary of {name[2]} is named twice.")
        else:
            stream.days[name[2]] = (day["key"], day["sha256"], sequence)


def take_removed(stream, commit, stated_before, key, findings):
    """A removal by retention must name committed files of whole, summarised days that were older than seven days; all of them."""
    removed, until = commit.get("removed", []), commit.get("removed_before") or 0
    limit = min(until, commit["created"] - SEVEN_DAYS_MS)
    fits = bool(removed) and until >= stated_before
    for one in removed:
        entry = stream.entries.get(one["key"])
        fits = fits and entry and (entry["sha256"], entry["records"]) == (one["sha256"], one["records"]) and entry["sequence"] < commit["sequence"]
        fits = fits and start_of(entry["date"]) + DAY_MS <= limit and entry["date"] in stream.days
    stream.removed.update(one["key"] for one in removed)
    if not fits or any(start_of(entry["date"]) < until and name not in stream.removed for name, entry in stream.entries.items()):
        findings.state("removal-contradicts-chain", key, "A commit that removes data contradicts the chain.")
    if removed:
        reasons = "; ".join(sorted({one["reason"] for one in removed}))
        findings.state("removed-by-retention", key, f"{len(removed)} data files were removed by retention: {reasons}.", "notice")


# -- objects


def check_objects(stream, sizes, findings, depth):
    newest = max(stream.sequences, default=0)
    for key, size in sorted(sizes.items()):
        entry = stream.entries.get(key)
        if entry is None:
            when = "a run is under way, or was killed" if int(DATA_KEY.fullmatch(key)[3]) > newest else "a left-over, or planted"
            findings.state("object-uncommitted", key, f"A data file that no commit names: {when}. Engines that read data/ see its records.", "warning")
        elif depth != "data" and size != entry["bytes"]:
            findings.state("object-changed", key, f"The data file has {size} bytes; {entry['bytes']} were committed.")
    for key in stream.entries:
        if key not in sizes and key not in stream.removed:
            findings.state("object-missing", key, "A committed data file is missing.")
        if key in sizes and key in stream.removed:
            findings.state("removal-unfinished", key, "A file that is stated as removed is still there: locked, or a run was killed.", "warning")


def check_days(root, stream, listed, findings):
    """Hold the summaries against their commits; returns those that can be held against data: {date: (sequence, summary)}."""
    summaries = {}
    for date, (key, digest, sequence) in sorted(stream.days.items()):
        try:
            data = read(root, key)
        except OSError:
            findings.state("object-missing", key, "A committed summary is missing.")
            continue
        if sha256(data) != digest:
            findings.state("object-changed", key, "A summary has other bytes than those that were committed.")
        try:
            summary = json.loads(data, parse_constant=no_constant)
        except (ValueError, RecursionError):
            summary = None
        if not isinstance(summary, dict) or summary.get("format") != DAY_FORMAT or summary.get("date") != date:
            findings.state("summary-unreadable", key, "A summary is not the summary of its day.")
            continue
        entries = [entry for entry in stream.entries.values() if entry["date"] == date]
        if summary.get("records") != sum(entry["records"] for entry in entries if entry["sequence"] < sequence):
            findings.state("summary-contradicts-chain", key, "A summary counts other records than were committed.")
        if any(entry["sequence"] >= sequence for entry in entries):
            findings.state("summary-outdated", key, "Records of the day were committed after its summary.", "warning")
        summaries[date] = (sequence, summary)
    for date, key in listed.items():
        if date not in stream.days:
            findings.state("object-uncommitted", key, "A summary that no commit names: left by a killed run.", "warning")
    return summaries


# -- data


class Counted:
    """Hashes and counts a file's bytes while they are read."""

    def __init__(self, file):
        self.file, self.size, self.digest = file, 0, hashlib.sha256()

    def read(self, size=-1):
        data = self.file.read(size)
        self.size += len(data)
        self.digest.update(data)
        return data


def lines_of(counted, key):
    """The records as they were sent. Encodings that Python can't read by itself need a library; without it only bytes are checked."""
    try:
        if key.endswith(".jsonl.gz"):
            return io.BufferedReader(gzip.GzipFile(fileobj=counted))
        if key.endswith(".jsonl.zst"):
            import zstandard

            return io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(counted, read_across_frames=True))
        if key.endswith(".parquet"):
            import pyarrow.parquet

            batches = pyarrow.parquet.ParquetFile(counted.file).iter_batches(columns=["raw"])
            return (line.encode() + b"\n" for batch in batches for line in batch.column(0).to_pylist())
    except ImportError as error:
        raise UnknownEncoding(f"the library {error.name} is not installed") from None
    raise UnknownEncoding("the encoding is unknown")


def identity_of(line):
    """(start_time, log_id, line where there is no log_id) of a record, and the record."""
    record = json.loads(line, parse_float=decimal.Decimal, parse_constant=no_constant)
    start, log_id = record["start_time"], record.get("log_id")
    if isinstance(start, bool):
        raise TypeError
    return (int(start), "" if log_id is None else str(log_id), b"" if log_id else line), record


def read_records(root, entry, sums, findings):
    """The identities of one file's records; states all that is wrong with the file by itself."""
    key, first, count, times, before = entry["key"], start_of(entry["date"]), 0, [], None
    starts = [window[0] for window in entry["windows"]]
    try:
        if os.path.islink(os.path.join(root, key)):
            raise OSError("it is a link")
        with open(os.path.join(root, key), "rb") as file:
            counted = Counted(file)
            try:
                for line in lines_of(counted, key):
                    if not line.endswith(b"\n"):
                        findings.state("line-without-end", key, "The last line is cut off.")
                    try:
                        identity, record = identity_of(line.rstrip(b"\n"))
                    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
                        findings.state("bad-record", key, f"A line is no JSON object with a start_time: {line[:80]!r}.")
                        continue
                    count += 1
                    times = [times[0] if times else identity[0], identity[0]]
                    if not first <= identity[0] < first + DAY_MS:
                        findings.state("record-on-wrong-date", key, f"A record of {identity[0]} lies on another date.")
                    if before is not None and identity <= before:
                        kind = "record-twice" if identity == before else "records-out-of-order"
                        findings.state(kind, key, f"The record {identity[:2]} is there twice, or not in order.")
                    at = bisect.bisect_right(starts, identity[0]) - 1
                    if at < 0 or identity[0] >= entry["windows"][at][1]:
                        findings.state("record-outside-window", key, f"A record of {identity[0]} lies in no window of its commit.")
                    else:
                        entry["windows"][at][3] += 1
                    if sums is not None:
                        sums.add(identity[0], record)
                    before = identity
                    yield identity, key
            except UnknownEncoding as error:
                findings.state("records-not-checked", key, f"Only the file's bytes were checked, not its records: {error}.", "notice")
                count, times, entry["unchecked"] = entry["records"], [], True
            except Exception as error:  # noqa: BLE001  # EOFError, zlib.error, and whatever the optional libraries have
                findings.state("data-unreadable", key, f"The file is not whole: {error}.")
            if key.endswith(".parquet"):
                counted = Counted(file)
                file.seek(0)  # it was read from its end
            while counted.read(1 << 20):
                pass
    except OSError as error:
        findings.state("data-unreadable", key, f"The file can't be read: {error}.")
        return
    if counted.digest.hexdigest() != entry["sha256"]:
        findings.state("object-changed", key, "The file has other bytes than those that were committed.")
    if (counted.size, count) != (entry["bytes"], entry["records"]):
        findings.state("count-contradicts-data", key, f"The file holds {count} records in {counted.size} bytes; other counts were committed.")
    if times and [entry.get("first", times[0]), entry.get("last", times[1])] != times:
        findings.state("span-contradicts-data", key, "The commit states other times for the first and the last record.")


class Sums:
    """What a day's summary says, counted from the records."""

    GROUPS = ("direction", "app", "protocol")
    TOPS = ("src_ip", "dst_ip", "dst_port", "dst_host")

    def __init__(self):
        self.totals = [0, 0, 0]  # records, bytes, packets
        self.hours = [[0, 0, 0] for _hour in range(24)]
        self.without_numbers = 0
        self.counts = {name: {} for name in self.GROUPS + self.TOPS}

    def add(self, start, record):
        numbers = [record.get("bytes"), record.get("packets")]
        if not all(map(summable, numbers)):
            self.without_numbers += 1
        size, packets = (number if summable(number) else 0 for number in numbers)
        for row in (self.totals, self.hours[start // 3_600_000 % 24]):
            row[0] += 1
            row[1] += size
            row[2] += packets
        for name, counts in self.counts.items():
            text = shown(record.get(name))
            if (text or name in self.GROUPS) and (text in counts or len(counts) <= DISTINCT):
                row = counts.setdefault(text, [0, 0])
                row[0] += 1
                row[1] += size

    def contradictions(self, summary):
        """The names of what a summary says otherwise. What it says to be approximate is not held against it."""
        mine = {name: plain(value) for name, value in zip(("records", "bytes", "packets"), self.totals)}
        mine["without_numbers"] = self.without_numbers
        mine["by_hour"] = [{"hour": hour, "records": row[0], "bytes": plain(row[1]), "packets": plain(row[2])} for hour, row in enumerate(self.hours)]
        wrong = [name for name, value in mine.items() if summary.get(name, value if name == "without_numbers" else None) != value]
        tops = summary.get("top")
        for name, counts in self.counts.items():
            rows = sorted(counts.items(), key=lambda item: (-item[1][1], -item[1][0], item[0]))
            rows = [{"value": value, "records": row[0], "bytes": plain(row[1])} for value, row in rows]
            if name in self.TOPS:
                top = tops.get(name) if isinstance(tops, dict) else None
                approximate = len(counts) > DISTINCT and isinstance(top, dict) and top.get("approximate") is True
                if not approximate and top != {"approximate": False, "rows": rows[:20]}:
                    wrong.append("top." + name)
            elif len(counts) <= DISTINCT and summary.get("by_" + name) != rows:
                wrong.append("by_" + name)
        return wrong


def summable(value):
    if isinstance(value, decimal.Decimal):
        return value.is_finite() and abs(value.adjusted()) < 30
    return whole(value) and abs(value) < 1 << 80


def plain(value):
    return int(value) if value == int(value) else float(value)


def shown(value):
    text = "" if value is None else str(value)
    return text if len(text) <= 256 else text[:255] + "\u2026"  # an ellipsis


def check_data(root, stream, summaries, present, findings):
    """Read every date's files side by side: of equal records in two files one follows the other then."""
    dates = {}
    for entry in stream.entries.values():
        if entry["key"] in present:
            dates.setdefault(entry["date"], []).append(entry)
    for date in sorted(set(dates) | set(summaries)):
        entries, (until, summary) = dates.get(date, []), summaries.get(date, (0, None))
        windows = {}  # by commit, shared by its files
        for entry in entries:
            entry["windows"] = windows.setdefault(entry["sequence"], [[*window, 0] for window in sorted(entry["windows"])])
        sums, before = Sums(), None
        files = [read_records(root, entry, sums if entry["sequence"] < until else None, findings) for entry in entries]
        with decimal.localcontext() as context:
            context.prec = 60
            for identity, key in heapq.merge(*files):
                if before is not None and before[0] == identity and before[1] != key:
                    findings.state("record-twice", key, f"The record {identity[:2]} is also in {before[1]}.")
                before = identity, key
            if any(entry["date"] == date and (name in stream.removed or "unchecked" in entry) for name, entry in stream.entries.items()):
                continue  # what is not there can't be counted
            wrong = sums.contradictions(summary) if summary is not None else []
        for sequence, some in windows.items():
            first = start_of(date)
            if any(window[2] != window[3] for window in some if first <= window[0] < first + DAY_MS):
                findings.state("window-contradicts-data", stream.commit_key(sequence), "The commit's files hold other records than its windows say.")
        if wrong:
            findings.state("summary-contradicts-data", stream.days[date][0], f"The summary contradicts the data in: {', '.join(wrong)}.")


# -- the whole


def list_objects(root):
    if not os.path.isdir(os.path.join(root, "evidence")):
        raise Unusable(f"{root} is not an archive: it has no folder 'evidence'.")

    def refuse(error):
        raise Unusable(f"{error.filename} can't be listed: {error.strerror}.")

    for folder, folders, names in os.walk(root, onerror=refuse):
        if folder == root:
            folders[:] = [name for name in folders if name not in (".tmp", "lost+found")]
        for name in names + [name for name in folders if os.path.islink(os.path.join(folder, name))]:
            path = os.path.join(folder, name)
            yield os.path.relpath(path, root).replace(os.sep, "/"), os.lstat(path).st_size


def known_heads(path):
    """[(partition or None, sequence or None, SHA-256)] of a task's result, or of any text with SHA-256 values."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, ValueError) as error:
        raise Unusable(f"{path} can't be read: {error}") from None
    try:
        result = json.loads(text)
    except ValueError:
        result = None
    streams = result.get("streams", []) if isinstance(result, dict) else result if isinstance(result, list) else []
    names, found = ("project_id", "fw_instance_id", "log_type"), []
    for one in streams:
        if isinstance(one, dict) and isinstance(one.get("head"), str) and whole(one.get("sequence")) and all(name in one for name in names):
            partition = "/".join(f"{name}={quote(str(one[name]), safe='')}" for name in names)
            found.append((partition, one["sequence"], one["head"].lower()))
    found = found or [(None, None, digest.lower()) for digest in re.findall(r"\b[0-9a-fA-F]{64}\b", text)]
    if not found:
        raise Unusable(f"{path} holds no head: a SHA-256 value of 64 hexadecimal digits.")
    return found


def verify(root, heads=(), keys=None, depth="data"):
    """(streams, findings). C{heads} as known_heads gives them, C{keys}: raw public keys by their ID."""
    findings, streams, data, days = Findings(), {}, {}, {}
    for key, size in sorted(list_objects(root)):
        commit, day, file = COMMIT_KEY.fullmatch(key), DAY_KEY.fullmatch(key), DATA_KEY.fullmatch(key)
        match = commit or day or file
        if commit and (int(commit[3]) == 0 or int(commit[3]) // 1000 != int(commit[2])) or (day or file) and start_of(match[2]) is None:
            match = None
        if match is None:
            findings.state("object-unknown", key, "An object that no archive has.", "error" if key.startswith("data/") else "warning")
            continue
        stream = streams.setdefault(match[1], Stream(match[1]))
        if commit:
            stream.sequences.append(int(commit[3]))
        elif day:
            days.setdefault(match[1], {})[day[2]] = key
        else:
            data.setdefault(match[1], {})[key] = size
    for partition, stream in sorted(streams.items()):
        stream.sequences.sort()
        if not stream.sequences:
            findings.state("stream-missing", f"evidence/{partition}", "There is no commit of this stream.")
        read_chain(root, stream, keys or {}, findings)
        check_objects(stream, data.get(partition, {}), findings, depth)
        summaries = check_days(root, stream, days.get(partition, {}), findings)
        if depth == "data":
            check_data(root, stream, summaries, data.get(partition, {}), findings)
    everything = {digest for stream in streams.values() for digest in stream.hashes.values()}
    for partition, sequence, digest in heads:
        stream = streams.get(partition) or Stream(partition)
        if partition is None and digest not in everything:
            findings.state("head-unknown", None, f"The known head {digest} is in none of the chains: one was cut off or written anew.")
        elif partition is not None and sequence > max(stream.sequences, default=0):
            findings.state("chain-shortened", stream.commit_key(sequence), "This commit is known, and gone: the chain's end was cut off.")
        elif partition is not None and stream.hashes.get(sequence) != digest:
            findings.state("chain-forked", stream.commit_key(sequence), f"The commit is not the one that is known as {digest}.")
    return [streams[partition] for partition in sorted(streams)], list(findings.values())


def joined(coverage):
    """Rows that touch and have the same verdict as one: [start, end, verdict, records]."""
    ranges = []
    for start, end, verdict, records, _settled in coverage:
        if ranges and ranges[-1][1] == start and ranges[-1][2] == verdict:
            ranges[-1][1], ranges[-1][3] = end, ranges[-1][3] + records
        else:
            ranges.append([start, end, verdict, records])
    return ranges


def iso(time_ms):
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=time_ms)).isoformat(timespec="milliseconds") + "Z"


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Verify an archive of flow logs.", epilog="Exit status: 0 verified, 1 findings, 2 unusable.")
    parser.add_argument("archive")
    parser.add_argument("--heads", metavar="FILE", help="heads that were written down: a task's result, or any text with them")
    parser.add_argument("--public-key", metavar="PEM", action="append", default=[], help="an Ed25519 public key; may be given several times")
    parser.add_argument("--depth", choices=["chain", "data"], default="data")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    options = parser.parse_args(arguments)
    try:
        keys = dict(public_key(path) for path in options.public_key)
        streams, findings = verify(options.archive, known_heads(options.heads) if options.heads else [], keys, options.depth)
    except (Unusable, OSError) as error:
        sys.stderr.write(f"verify.py: {error}\n")
        return 2
    failed = any(one["severity"] != "notice" for one in findings) or not streams
    result = {"verified": not failed, "depth": options.depth, "findings": findings, "streams": []}
    for stream in streams:
        ranges = joined(stream.coverage)
        result["streams"].append(
            {
                "stream": stream.partition,
                "head": stream.head and stream.head[1],
                "sequence": stream.head and stream.head[0],
                "coverage": [{"start": iso(one[0]), "end": iso(one[1]), "verdict": one[2], "records": one[3]} for one in ranges],
                "gaps": [{"start": iso(a[1]), "end": iso(b[0])} for a, b in zip(ranges, ranges[1:]) if a[1] < b[0]],
            }
        )
    sys.stdout.write(json.dumps(result, indent=2) + "\n" if options.json else as_text(result))
    return int(failed)


def as_text(result):
    lines = []
    for stream in result["streams"]:
        lines += [stream["stream"], f"  head {stream['head']}, commit {stream['sequence']}"]
        lines += [f"  {one['start']} to {one['end']} {one['verdict']}, {one['records']} records" for one in stream["coverage"]]
        lines += [f"  {one['start']} to {one['end']} GAP: never collected" for one in stream["gaps"]]
    lines += [f"{one['severity'].upper()} {one['id']} {one['key'] or ''}: {one['message']}" for one in result["findings"]]
    unchecked = sum(one["id"] == "records-not-checked" for one in result["findings"])
    verdict = "VERIFIED" if result["verified"] else "NOT VERIFIED" if result["streams"] else "NOT VERIFIED: there is no stream"
    lines.append(verdict + (f", except the records of {unchecked} files" if unchecked else "") + f" (depth {result['depth']})")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
