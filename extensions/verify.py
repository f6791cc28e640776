# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify an archive of flow logs, format 1, with nothing but Python 3.9 or newer.

    python3 verify.py ARCHIVE [--heads FILE] [--public-key PEM]... [--depth chain|data] [--json]

This file stands alone: it was written against the description of the format, it shares no code with the collection that writes
archives, and it never writes. Read it from top to bottom, then run it on a copy of the archive.

  verify           The walk: everything else is called from here.
  list_streams     All objects belong to a stream (a project, a firewall, a log type); there is nothing else.
  read_chain       Each commit names the one before it by key and SHA-256; its coverage is what the coverage before it and its own
                   windows make; its windows and its data files count the same records; what it removes was committed, and old.
  check_signatures With --public-key (once for each key that was in use) every commit must be signed, or be followed by one.
  check_objects    Every file that a commit names is there; there is no other.
  check_days       Every summary that a commit names has the bytes that were committed, and counts the committed records.
  check_data       (--depth data, the default) Every file has the bytes that were committed; every line is JSON; records ascend by
                   start_time and log_id, lie on their date and in a window of their commit; none is there twice; windows and
                   summaries count what is there.
  check_heads      Commits cut off the end, or a whole chain written anew, can be seen only with a head that was written down
                   elsewhere: --heads takes a task's result (JSON), a job's log with the lines that the role's summary ends with
                   (then of that text nothing else is taken), or any other text with SHA-256 values.

Then follow Ed25519 signatures and the command line.
Exit status: 0 verified, 1 there are findings (the severity "notice" is none), 2 the archive or an argument is unusable.
"""

import argparse
import base64
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

DAY_MS = 86_400_000
SEVEN_DAYS_MS = 7 * DAY_MS  # as long as the service keeps its logs: windows that are older can't change
LAST_MS = 253_402_300_800_000  # the year 10000
PARTITION = r"(project_id=[^/]+/fw_instance_id=[^/]+/log_type=[^/]+)"
COMMIT_KEY = re.compile(rf"evidence/{PARTITION}/commits/(\d{{6}})/(\d{{9}})\.json")
DAY_KEY = re.compile(rf"evidence/{PARTITION}/days/(\d{{4}}-\d{{2}}-\d{{2}})\.json")
HEAD_LINE = re.compile(r"(project_id=[^/\s]+/fw_instance_id=[^/\s]+/log_type=[^/\s]+)\s+#(\d+)\s+([0-9a-fA-F]{64})\b")
DATA_KEY = re.compile(rf"data/{PARTITION}/date=(\d{{4}}-\d{{2}}-\d{{2}})/(\d{{9}})-\d{{3}}-([0-9a-f]{{12}})\.([a-z0-9.]+)")

OBJECT = {"key": str, "sha256": str}
COMMIT = {  # what must be in a commit, and of which type; a row in round brackets has exactly these parts
    "format": str,
    "sequence": int,
    "created": int,
    "stream": {"project_id": str, "fw_instance_id": str, "log_type": str},
    "data": [{**OBJECT, "bytes": int, "records": int}],
    "days": [OBJECT],
    "windows": [{"start": int, "end": int, "added": int, "records": int}],
    "coverage": [(int, int, str, int, int)],  # start, end, verdict, records, settled
    "removed": [{**OBJECT, "records": int, "reason": str}],
}


def no_constant(name):
    raise ValueError(f"{name} is not JSON")  # Python would read NaN and Infinity


PLAIN = json.JSONDecoder(parse_constant=no_constant)
EXACT = json.JSONDecoder(parse_constant=no_constant, parse_float=decimal.Decimal)


class Unusable(Exception):
    """Nothing can be verified: a wrong place, a wrong argument, no permission."""


class Findings(dict):
    def state(self, kind, key, message, severity="error"):
        """Of equal faults of one object the first is told."""
        self.setdefault((kind, key), {"id": kind, "severity": severity, "key": key, "message": message})


class Stream:
    """The objects of one stream, and what its chain states of them."""

    def __init__(self, partition):
        self.partition = partition  # project_id=P/fw_instance_id=F/log_type=T
        self.sequences, self.sizes, self.listed_days = [], {}, {}  # what is there: commits, data files by key, summaries by date
        self.hashes = {}  # of commits, by sequence
        self.signed = 0  # how many commits have a signature, be it checked or not
        self.head, self.coverage = None, []  # (sequence, SHA-256) of the newest commit, and its coverage
        self.entries = {}  # data files by key: the commit's entry, with "sequence", "date", and the commit's "windows"
        self.days = {}  # named summaries by date: (key, SHA-256, sequence)
        self.removed = set()  # keys of data files that a commit states as removed by retention

    def commit_key(self, sequence):
        return f"evidence/{self.partition}/commits/{sequence // 1000:06d}/{sequence:09d}.json"


# ------------------------------------------------------------------------------------------------------------ the walk


def verify(root, heads=(), keys=None, depth="data"):
    """(streams, findings). C{heads} as known_heads gives them; C{keys}: raw public keys by their ID."""
    findings = Findings()
    streams = list_streams(root, findings)
    for stream in streams.values():
        verdicts = read_chain(root, stream, keys or {}, findings)
        if keys:
            check_signatures(verdicts, findings)
        check_objects(stream, findings, depth)
        summaries = check_days(root, stream, findings)
        if depth == "data":
            check_data(root, stream, summaries, findings)
    check_heads(streams, heads, findings)
    return list(streams.values()), sorted(findings.values(), key=lambda one: (one["severity"], one["key"] or "", one["id"]))


def list_streams(root, findings):
    """The streams by partition, with all objects of the archive."""
    if not os.path.isdir(os.path.join(root, "evidence")):
        raise Unusable(f"{root} is not an archive: it has no folder 'evidence'.")

    def refuse(error):
        raise Unusable(f"{error.filename} can't be listed: {error.strerror}.")

    streams = {}
    for folder, folders, names in os.walk(root, onerror=refuse):
        if folder == root:
            folders[:] = [name for name in folders if name not in (".tmp", "lost+found")]
        for path in [os.path.join(folder, name) for name in names + folders]:
            if os.path.isdir(path) and not os.path.islink(path):
                continue
            key = os.path.relpath(path, root).replace(os.sep, "/")
            commit, day, data = (pattern.fullmatch(key) for pattern in (COMMIT_KEY, DAY_KEY, DATA_KEY))
            match = commit or day or data
            if not match or (int(commit[3]) == 0 or int(commit[3]) // 1000 != int(commit[2]) if commit else start_of(match[2]) is None):
                findings.state("object-unknown", key, "An object that no archive has.", "error" if key.startswith("data/") else "warning")
                continue
            stream = streams.setdefault(match[1], Stream(match[1]))
            if commit:
                stream.sequences.append(int(commit[3]))
            elif day:
                stream.listed_days[day[2]] = key
            else:
                stream.sizes[key] = os.lstat(path).st_size
    return dict(sorted(streams.items()))


# ----------------------------------------------------------------------------------------------------------- the chain


def read_chain(root, stream, keys, findings):
    """Read all commits of a stream in order; returns the verdicts on their signatures: [(key, verdict)]."""
    before, verdicts, expected = None, [], 1  # before: the previous commit, if it could be read, and the link to it
    if not stream.sequences:
        findings.state("stream-missing", f"evidence/{stream.partition}", "There is no commit of this stream.")
    for sequence in sorted(stream.sequences):
        key, newest = stream.commit_key(sequence), sequence == max(stream.sequences)
        if sequence != expected:
            findings.state("commit-missing", stream.commit_key(expected), f"Commits {expected} to {sequence - 1} are missing.")
            before = None
        expected = sequence + 1
        try:
            data = read(root, key)
            stream.hashes[sequence] = sha256(data)
            commit = PLAIN.decode(data.decode())
            fault = commit_fault(commit, stream.partition, sequence)
        except (OSError, ValueError, RecursionError) as error:
            fault = f"it can't be read: {error}"
        if fault:
            findings.state("commit-unreadable", key, f"The commit can't be used: {fault}.")
            before = None
            continue
        if newest and canonical(commit) + b"\n" != data:  # of older commits the chain shows it
            findings.state("commit-not-canonical", key, "The commit is written in another form than archives have; its meaning may be the same.", "warning")
        if before and commit["previous"] != before[1]:
            findings.state("chain-broken", before[1]["key"], f"Commit {sequence} does not follow it as it is now.")
        if before or sequence == 1:
            check_coverage(before[0]["coverage"] if before else [], commit, key, findings)
        take_objects(stream, commit, key, findings)
        if before:
            take_removed(stream, commit, before[0].get("removed_before"), key, findings)
        stream.signed += commit.get("signature") is not None
        verdicts.append((key, signature_verdict(commit, keys)))
        before = commit, {"key": key, "sha256": stream.hashes[sequence]}
        if newest:
            stream.head, stream.coverage = (sequence, stream.hashes[sequence]), commit["coverage"]
    return verdicts


def misfit(value, shape):
    """Where a decoded JSON value is not of a shape: names and numbers of the parts that lead there; None where it is."""
    if isinstance(shape, dict):
        parts = [(name, value.get(name), part) for name, part in shape.items()] if isinstance(value, dict) else None
    elif isinstance(shape, list):
        parts = [(at, one, shape[0]) for at, one in enumerate(value)] if isinstance(value, list) else None
    elif isinstance(shape, tuple):
        parts = list(zip(range(len(shape)), value, shape)) if isinstance(value, list) and len(value) == len(shape) else None
    else:
        parts = [] if isinstance(value, shape) and not isinstance(value, bool) else None  # for Python true is an int
    if parts is None:
        return "is of another kind"
    return next((f"{name} {wrong}" for name, wrong in ((name, misfit(one, part)) for name, one, part in parts) if wrong), None)


def commit_fault(commit, partition, sequence):
    """Why a decoded commit is none of format 1; None when it is one."""
    wrong = misfit({"removed": [], **commit} if isinstance(commit, dict) else commit, COMMIT)
    if wrong:
        return wrong
    if commit["format"] != "cloudaudit.huaweicloud/commit/1" or commit["sequence"] != sequence:
        return "its format or its sequence is another one"
    if any(commit["stream"][name] != unquote(value) for name, _is, value in (part.partition("=") for part in partition.split("/"))):
        return "it speaks of another stream"
    if any(not 0 <= one["start"] < one["end"] <= LAST_MS or not 0 <= one["added"] <= one["records"] for one in commit["windows"]):
        return "a window contradicts itself"
    ends = [0, *(row[1] for row in commit["coverage"])]
    if any(not end <= row[0] < row[1] <= LAST_MS or row[2] not in ("complete", "unproven") or row[3] < 0 for end, row in zip(ends, commit["coverage"])):
        return "its coverage does not ascend, or overlaps, or has an unknown verdict"
    if not isinstance(commit.get("previous"), dict if sequence > 1 else type(None)):
        return "it does not name the commit before it"
    if misfit(commit.get("removed_before"), int) and (commit.get("removed") or commit.get("removed_before") is not None):
        return "it does not say until when it removes"
    return None


def check_coverage(coverage, commit, key, findings):
    """A commit's coverage must be the one before it, with the commit's windows in place of the rows that they contain."""
    rows, at = [], 0
    for window in sorted(commit["windows"], key=lambda one: one["start"]):
        start, end, held = window["start"], window["end"], 0
        while at < len(coverage) and coverage[at][0] < end:
            if coverage[at][1] <= start:
                rows.append(coverage[at])
            elif coverage[at][0] < start or coverage[at][1] > end:
                return findings.state("coverage-contradicts-chain", key, "A window overlaps only a part of what was covered.")
            else:
                held += coverage[at][3]
            at += 1
        if held + window["added"] != window["records"]:
            return findings.state("window-contradicts-chain", key, "A window's records are not those that it had and those that were added.")
        rows.append([start, end, window.get("verdict"), window["records"]])
    rows += coverage[at:]
    if any(row[1] > after[0] for row, after in zip(rows, rows[1:])):
        return findings.state("coverage-contradicts-chain", key, "Two windows overlap.")
    if joined(rows, commit["created"] - SEVEN_DAYS_MS) != [row[:4] for row in commit["coverage"]]:
        return findings.state("coverage-contradicts-chain", key, "The coverage is not what the one before it and the commit's windows make.")
    return None


def joined(rows, until=LAST_MS):
    """Rows of coverage as [start, end, verdict, records]; of those that end by a time, what touches and has the same verdict is one."""
    result = []
    for start, end, verdict, records, *_settled in rows:
        if result and end <= until and result[-1][1] == start and result[-1][2] == verdict:
            result[-1][1], result[-1][3] = end, result[-1][3] + records
        else:
            result.append([start, end, verdict, records])
    return result


def take_objects(stream, commit, key, findings):
    """Note the objects that a commit names, and hold its windows against its files, date by date."""
    sequence, added, held = commit["sequence"], {}, {}
    for window in commit["windows"]:
        first, last = date_of(window["start"]), date_of(window["end"] - 1)
        date = first if first == last else "several"
        added[date] = added.get(date, 0) + window["added"]
    windows = [[one["start"], one["end"], one["added"]] for one in commit["windows"] if one["added"]]
    for entry in commit["data"]:
        name = DATA_KEY.fullmatch(entry["key"])
        if not name or name[1] != stream.partition or int(name[3]) != sequence or entry["sha256"][:12] != name[4] or start_of(name[2]) is None:
            findings.state("commit-contradicts-itself", key, "The commit names a data file that can't be its own.")
            continue
        if entry["key"] in stream.entries:
            findings.state("file-named-twice", key, f"{entry['key']} is named twice.")
        held[name[2]] = held.get(name[2], 0) + entry["records"]
        stream.entries[entry["key"]] = dict(entry, sequence=sequence, date=name[2], windows=windows)
    by_date = not added.get("several") and any(added.get(date, 0) != held.get(date, 0) for date in {**added, **held})
    if by_date or sum(added.values()) != sum(held.values()):
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
    removed, until = commit.get("removed", []), commit.get("removed_before")
    if not removed and until == stated_before:
        return
    fits = bool(removed) and until >= (stated_before or 0)
    for one in removed:
        entry = stream.entries.get(one["key"])
        fits = fits and entry and (entry["sha256"], entry["records"]) == (one["sha256"], one["records"]) and entry["sequence"] < commit["sequence"]
        fits = fits and start_of(entry["date"]) + DAY_MS <= min(until, commit["created"] - SEVEN_DAYS_MS) and entry["date"] in stream.days
    stream.removed.update(one["key"] for one in removed)
    if not fits or any(start_of(entry["date"]) < until and name not in stream.removed for name, entry in stream.entries.items()):
        findings.state("removal-contradicts-chain", key, "A commit that removes data contradicts the chain.")
    if removed:
        reasons = "; ".join(sorted({one["reason"] for one in removed}))
        findings.state("removed-by-retention", key, f"{len(removed)} data files were removed by retention: {reasons}.", "notice")


def check_signatures(verdicts, findings):
    """Once a stream is signed it stays signed; and a signature vouches for all commits before it."""
    first = next((at for at, (_key, verdict) in enumerate(verdicts) if verdict != "unsigned"), len(verdicts))
    if first:
        vouched = any(verdict == "valid" for _key, verdict in verdicts)
        message = "Unsigned up to here; " + ("a later signature vouches for it." if vouched else "no later signature vouches for it.")
        findings.state("signature-missing", verdicts[first - 1][0], message, "warning" if vouched else "error")
    for key, verdict in verdicts[first:]:
        if verdict == "unsigned":
            findings.state("signature-stripped", key, "The commit is not signed, but earlier ones are.")
        elif verdict == "unknown":
            findings.state("signature-unknown-key", key, "The commit is signed with a key that was not given.")
        elif verdict == "wrong":
            findings.state("signature-wrong", key, "The commit is not what its signature is over.")


# --------------------------------------------------------------------------------------------------- objects, summaries


def check_objects(stream, findings, depth):
    newest = max(stream.sequences, default=0)
    for key, size in stream.sizes.items():
        entry = stream.entries.get(key)
        if entry is None:
            when = "a run is under way, or was killed" if int(DATA_KEY.fullmatch(key)[3]) > newest else "a left-over, or planted"
            findings.state("object-uncommitted", key, f"A data file that no commit names: {when}. Engines that read data/ see its records.", "warning")
        elif depth != "data" and size != entry["bytes"]:
            findings.state("object-changed", key, f"The data file has {size} bytes; {entry['bytes']} were committed.")
    for key in stream.entries:
        if key not in stream.sizes and key not in stream.removed:
            findings.state("object-missing", key, "A committed data file is missing.")
        if key in stream.sizes and key in stream.removed:
            findings.state("removal-unfinished", key, "A file that is stated as removed is still there: locked, or a run was killed.", "warning")
    for date, key in stream.listed_days.items():
        if date not in stream.days:
            findings.state("object-uncommitted", key, "A summary that no commit names: left by a killed run.", "warning")


def check_days(root, stream, findings):
    """Hold the summaries against their commits; returns those that can be held against data: {date: (sequence, summary)}."""
    summaries = {}
    for date, (key, digest, sequence) in stream.days.items():
        try:
            data = read(root, key)
            if sha256(data) != digest:
                findings.state("object-changed", key, "A summary has other bytes than those that were committed.")
            summary = PLAIN.decode(data.decode())
        except OSError:
            findings.state("object-missing", key, "A committed summary is missing.")
            continue
        except (ValueError, RecursionError):
            summary = None
        if not isinstance(summary, dict) or summary.get("format") != "cloudaudit.huaweicloud/day/1" or summary.get("date") != date:
            findings.state("summary-unreadable", key, "A summary is not the summary of its day.")
            continue
        entries = [entry for entry in stream.entries.values() if entry["date"] == date]
        if summary.get("records") != sum(entry["records"] for entry in entries if entry["sequence"] < sequence):
            findings.state("summary-contradicts-chain", key, "A summary counts other records than were committed.")
        if any(entry["sequence"] >= sequence for entry in entries):
            findings.state("summary-outdated", key, "Records of the day were committed after its summary.", "warning")
        summaries[date] = (sequence, summary)
    return summaries


# ---------------------------------------------------------------------------------------------------------------- data


def check_data(root, stream, summaries, findings):
    """Read every date's files side by side: of equal records in two files one follows the other then."""
    dates = {date: [] for date in summaries}
    for entry in stream.entries.values():
        dates.setdefault(entry["date"], []).append(entry)
    for date, named in sorted(dates.items()):
        entries = [entry for entry in named if entry["key"] in stream.sizes]
        until, summary = summaries.get(date, (0, None))
        windows = {entry["sequence"]: [[*window, 0] for window in sorted(entry["windows"])] for entry in entries}  # with the records found
        sums, before = Sums(), (None, None)
        files = [read_records(root, entry, windows[entry["sequence"]], sums if entry["sequence"] < until else None, findings) for entry in entries]
        with decimal.localcontext(decimal.Context(prec=100, traps=[])):
            for identity, key in heapq.merge(*files):
                if before[0] == identity and before[1] != key:
                    findings.state("record-twice", key, f"The record {identity[:2]} is also in {before[1]}.")
                before = identity, key
            if any(entry["key"] in stream.removed or "unchecked" in entry for entry in named):
                continue  # what was not read can't be counted
            wrong = sums.contradictions(summary) if summary is not None else []
        if wrong:
            findings.state("summary-contradicts-data", stream.days[date][0], f"The summary contradicts the data in: {', '.join(wrong)}.")
        for sequence, some in windows.items():
            if any(date_of(start) == date and added != found for start, _end, added, found in some):
                findings.state("window-contradicts-data", stream.commit_key(sequence), "The commit's files hold other records than its windows say.")


def read_records(root, entry, windows, sums, findings):
    """Give (identity, key) of one file's records, in order; state all that is wrong with the file by itself."""
    key, first, count, times, before = entry["key"], start_of(entry["date"]), 0, [], None
    starts = [window[0] for window in windows]
    try:
        counted = Counted(os.path.join(root, key))
    except OSError as error:
        findings.state("data-unreadable", key, f"The file can't be read: {error}.")
        return
    with counted:
        try:
            for line in lines_of(counted, key):
                if not line.endswith(b"\n"):
                    findings.state("line-without-end", key, "The last line is cut off.")
                try:
                    identity, record = identity_of(line.rstrip(b"\n"))
                except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
                    findings.state("bad-record", key, f"A line is no JSON object with a start_time: {line[:80]!r}.")
                    continue
                time = identity[0]
                count, times = count + 1, [times[0] if times else time, time]
                if not first <= time < first + DAY_MS:
                    findings.state("record-on-wrong-date", key, f"A record of {time} lies on another date.")
                if before is not None and identity <= before:
                    kind = "record-twice" if identity == before else "records-out-of-order"
                    findings.state(kind, key, f"The record {identity[:2]} is there twice, or not in order.")
                at = bisect.bisect_right(starts, time) - 1
                if at < 0 or time >= windows[at][1]:
                    findings.state("record-outside-window", key, f"A record of {time} lies in no window of its commit.")
                else:
                    windows[at][3] += 1
                if sums is not None:
                    sums.add(time, record)
                before = identity
                yield identity, key
        except ImportError as error:
            findings.state("records-not-checked", key, f"Only the file's bytes were checked, not its records: {error}.", "notice")
            count, times, entry["unchecked"] = entry["records"], [], True
        except Exception as error:  # noqa: BLE001  # EOFError, zlib.error, and whatever the optional libraries have
            findings.state("data-unreadable", key, f"The file is not whole: {error}.")
        counted.read_rest()
    if counted.digest.hexdigest() != entry["sha256"]:
        findings.state("object-changed", key, "The file has other bytes than those that were committed.")
    if (counted.size, count) != (entry["bytes"], entry["records"]):
        findings.state("count-contradicts-data", key, f"The file holds {count} records in {counted.size} bytes; other counts were committed.")
    if times and [entry.get("first", times[0]), entry.get("last", times[1])] != times:
        findings.state("span-contradicts-data", key, "The commit states other times for the first and the last record.")


class Counted:
    """A file whose bytes are hashed and counted while they are read."""

    def __init__(self, path):
        if os.path.islink(path):
            raise OSError("it is a link: what it points to is not in the archive")
        if not os.path.isfile(path):
            raise OSError("it is no file")  # to open a pipe would be to wait for ever
        self.file, self.size, self.digest = open(path, "rb"), 0, hashlib.sha256()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.file.close()

    def read(self, size=-1):
        data = self.file.read(size)
        self.size += len(data)
        self.digest.update(data)
        return data

    def read_rest(self):
        while self.read(1 << 20):
            pass


def lines_of(counted, key):
    """The records as they were sent. Encodings that Python can't read by itself need a library; without it only bytes are checked."""
    if key.endswith(".jsonl.gz"):
        return io.BufferedReader(gzip.GzipFile(fileobj=counted))
    if key.endswith(".jsonl.zst") and sys.version_info >= (3, 14):
        from compression import zstd

        return io.BufferedReader(zstd.ZstdFile(counted))
    if key.endswith(".jsonl.zst"):
        import zstandard

        return io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(counted, read_across_frames=True))
    if key.endswith(".parquet"):
        import pyarrow.parquet

        return (line_of(row) for batch in pyarrow.parquet.ParquetFile(counted.file.name).iter_batches(1024) for row in batch.to_pylist())
    raise ImportError("the encoding is unknown")


def line_of(row):
    """The record as sent of one row of Parquet. Engines read its other columns: they must say the same."""

    def printable(text):
        return text.encode("utf-8", "backslashreplace").decode()

    def text(value):
        return value if isinstance(value, str) and value == printable(value) else json.dumps(value)

    raw, other = row.pop("raw"), dict(row.pop("other") or ())  # other: what has no column, or does not fit into its column
    record = {printable(name): value for name, value in PLAIN.decode(raw).items()}
    for name in {*row, *record, *other}:
        value, column = record.get(name), row.get(name)
        if other[name] != text(value) or column is not None if name in other else column != (value if value is None else type(column)(value)):
            raise ValueError(f"its column {name} contradicts a record as sent")
    return raw.encode() + b"\n"


def identity_of(line):
    """(start_time, log_id, line where there is no log_id) of a record, and the record."""
    record = EXACT.decode(line.decode())
    start, log_id = record["start_time"], record.get("log_id")
    if isinstance(start, bool):
        raise TypeError
    return (int(start), "" if log_id is None else str(log_id), b"" if log_id else line), record


class Sums:
    """What a day's summary says, counted from the records."""

    DISTINCT = 20_000  # a summary that had to count more values than this says that it is approximate

    def __init__(self):
        self.without_numbers = 0
        self.rows = {name: {} for name in ("hour", "direction", "app", "protocol", "src_ip", "dst_ip", "dst_port", "dst_host")}

    def add(self, start, record):
        size, packets = record.get("bytes"), record.get("packets")
        if not (summable(size) and summable(packets)):
            self.without_numbers += 1
            size, packets = (number if summable(number) else 0 for number in (size, packets))
        for name, rows in self.rows.items():
            if name == "hour":
                value = start // 3_600_000 % 24
            else:
                value = record.get(name)
                value = "" if value is None else str(value)
                value = value if len(value) <= 256 else value[:255] + "\u2026"  # an ellipsis
            row = rows.get(value)
            if row is None:
                if len(rows) > self.DISTINCT or (value == "" and name in ("src_ip", "dst_ip", "dst_port", "dst_host")):
                    continue
                row = rows[value] = [0, 0, 0]
            row[0] += 1
            row[1] += size
            row[2] += packets

    def contradictions(self, summary):
        """The names of what a summary says otherwise. What it says to be approximate is not held against it."""

        def told(records, size, packets):
            return {"records": records, "bytes": plain(size), "packets": plain(packets)}

        hours = [self.rows["hour"].get(hour, (0, 0, 0)) for hour in range(24)]
        mine = {**told(*map(sum, zip(*hours))), "without_numbers": self.without_numbers}
        mine["by_hour"] = [{"hour": hour, **told(*row)} for hour, row in enumerate(hours)]
        wrong = [name for name, value in mine.items() if summary.get(name, value if name == "without_numbers" else None) != value]
        tops = summary["top"] if isinstance(summary.get("top"), dict) else {}
        for name, counts in list(self.rows.items())[1:]:
            rows = sorted(counts.items(), key=lambda item: (-item[1][1], -item[1][0], item[0]))
            rows = [{"value": value, "records": row[0], "bytes": plain(row[1])} for value, row in rows]
            top, many = tops.get(name), len(rows) > self.DISTINCT
            if name in ("direction", "app", "protocol"):
                if not many and summary.get("by_" + name) != rows:
                    wrong.append("by_" + name)
            elif top != {"approximate": False, "rows": rows[:20]} and not (many and isinstance(top, dict) and top.get("approximate") is True):
                wrong.append("top." + name)
        return wrong


def summable(value):
    """Whether a value is a number of at most 30 digits before and after the point: then sums of it are exact."""
    if isinstance(value, decimal.Decimal):
        return value.is_finite() and value.adjusted() < 30 and value.as_tuple().exponent >= -30
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30


def plain(value):
    return int(value) if value == int(value) else float(value)


# --------------------------------------------------------------------------------------------------------- known heads


def known_heads(path):
    """[(partition or None, sequence or None, SHA-256)] of a task's result, of a log with the role's lines, or of any text with SHA-256 values."""
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
    found = []
    for one in streams:
        if misfit(one, {**COMMIT["stream"], "head": str, "sequence": int}) is None:
            partition = "/".join(f"{name}={quote(one[name], safe='')}" for name in COMMIT["stream"])
            found.append((partition, one["sequence"], one["head"].lower()))
    # a log may hold other SHA-256 values, such as those of a report's files: where the role's lines are, only they are meant
    found = found or [(partition, int(sequence), digest.lower()) for partition, sequence, digest in HEAD_LINE.findall(text)]
    found = found or [(None, None, digest.lower()) for digest in re.findall(r"\b[0-9a-fA-F]{64}\b", text)]
    if not found:
        raise Unusable(f"{path} holds no head: a SHA-256 value of 64 hexadecimal digits.")
    return found


def check_heads(streams, heads, findings):
    everything = {digest for stream in streams.values() for digest in stream.hashes.values()}
    for partition, sequence, digest in heads:
        stream = streams.get(partition) or Stream(partition)
        if partition is None and digest not in everything:
            findings.state("head-unknown", None, f"The known head {digest} is in none of the chains: one was cut off or written anew.")
        elif partition is not None and sequence > max(stream.sequences, default=0):
            findings.state("chain-shortened", stream.commit_key(sequence), "This commit is known, and gone: the chain's end was cut off.")
        elif partition is not None and stream.hashes.get(sequence) != digest:
            findings.state("chain-forked", stream.commit_key(sequence), f"The commit is not the one that is known as {digest}.")


# ----------------------------------------------------------------------------------------------------- small questions


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def start_of(date):
    """The first millisecond of a UTC date; None for what is none."""
    try:
        return int(datetime.datetime.strptime(date + "+0000", "%Y-%m-%d%z").timestamp()) * 1000
    except ValueError:
        return None


def iso(time_ms):
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=time_ms)).isoformat(timespec="milliseconds") + "Z"


def date_of(time_ms):
    return iso(time_ms)[:10]


def canonical(value):
    """The bytes that a signature is over."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "backslashreplace")


def read(root, key):
    """The bytes of an object. A link is not followed: what it points to is not in the archive."""
    path = os.path.join(root, key)
    if os.path.islink(path) or not os.path.isfile(path):
        raise FileNotFoundError(path)
    with open(path, "rb") as file:
        return file.read()


# -------------------------------------------------------------------------------------- Ed25519, RFC 8032, section 5.1

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
        point, number = add(point, point), number >> 1
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


def signature_verdict(commit, keys):
    """unsigned, unknown (another key), wrong, or valid."""
    signature = commit.get("signature")
    if signature is None or not keys:
        return "unsigned"
    if misfit(signature, {"algorithm": str, "key_id": str, "value": str}) or signature["algorithm"] != "ed25519":
        return "wrong"
    if signature["key_id"] not in keys:
        return "unknown"
    try:
        value = base64.b64decode(signature["value"], validate=True)
    except ValueError:
        return "wrong"
    message = canonical({name: part for name, part in commit.items() if name != "signature"})
    held = base64.b64encode(value).decode() == signature["value"] and ed25519_holds(keys[signature["key_id"]], message, value)
    return "valid" if held else "wrong"


# ---------------------------------------------------------------------------------------------------- the command line


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Verify an archive of flow logs.", epilog="Exit status: 0 verified, 1 findings, 2 unusable.")
    parser.add_argument("archive")
    parser.add_argument("--heads", metavar="FILE", help="heads that were written down: a task's result, a job's log, or any text with them")
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
    verified = bool(streams) and all(one["severity"] == "notice" for one in findings)
    result = {"verified": verified, "depth": options.depth, "findings": findings, "streams": [report(stream) for stream in streams]}
    result["signatures_not_checked"] = 0 if keys else sum(stream.signed for stream in streams)
    sys.stdout.write(json.dumps(result, indent=2) + "\n" if options.json else as_text(result))
    return int(not verified)


def report(stream):
    """What a stream covers; rows that touch and have the same verdict as one."""
    ranges = joined(stream.coverage)
    sequence, head = stream.head or (None, None)
    return {
        "stream": stream.partition,
        "head": head,
        "sequence": sequence,
        "coverage": [{"start": iso(start), "end": iso(end), "verdict": verdict, "records": records} for start, end, verdict, records in ranges],
        "gaps": [{"start": iso(one[1]), "end": iso(next_one[0])} for one, next_one in zip(ranges, ranges[1:]) if one[1] < next_one[0]],
    }


def as_text(result):
    lines = []
    for stream in result["streams"]:
        lines += [stream["stream"], f"  head {stream['head']}, commit {stream['sequence']}"]
        lines += [f"  {one['start']} to {one['end']} {one['verdict']}, {one['records']} records" for one in stream["coverage"]]
        lines += [f"  {one['start']} to {one['end']} GAP: never collected" for one in stream["gaps"]]
    lines += [f"{one['severity'].upper()} {one['id']} {one['key'] or ''}: {one['message']}" for one in result["findings"]]
    unchecked = sum(one["id"] == "records-not-checked" for one in result["findings"])
    verdict = "VERIFIED" if result["verified"] else "NOT VERIFIED" if result["streams"] else "NOT VERIFIED: there is no stream"
    verdict += f", except the records of {unchecked} files" if unchecked else ""
    signed = result["signatures_not_checked"]
    unproven = f"; {signed} signature{'' if signed == 1 else 's'} not checked: no --public-key" if signed else ""
    return "\n".join([*lines, f"{verdict} (depth {result['depth']}{unproven})"]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
