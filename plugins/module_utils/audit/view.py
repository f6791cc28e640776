# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an audit to what its report shows: every number as text, every picture as geometry. The template only places them."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.windows import HOUR_MS
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit import chart, words
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.caveats import caveats
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.findings import OBJECT_FAULTS, SEVERITIES
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.audit.timeline import STATES
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import DAY_MS

MEANINGS = {
    "complete": "collected, proven complete, and final",
    "rechecking": "collected and proven complete; late records can still be added, since the service still has this time",
    "settling": "too young to be collected",
    "unproven": "collected; that nothing is missing could not be proven",
    "collectable": "not collected; the service still has it",
    "lost": "not collected; the service has it no longer",
}
_VERDICTS = {
    "sound": ("Sound", "Nothing that was expected is missing, and all that was looked at is as it was written."),
    "attention": ("Attention", "Nothing is lost or altered as far as was looked at; something is to be done or can't be proven yet."),
    "failed": ("Failed", "Something that was expected is lost, missing, altered, unreadable, or not kept long enough."),
}
_DEPTHS = {
    "none": "Only the newest commit of each stream was read. Whether earlier commits and the data are unaltered was not looked at.",
    "chain": "All commits and summaries were read, each hash and link checked, and every data file's presence and size. Data were not read.",
    "data": "All commits, summaries and data were read, and each hash, link, count, order and summary checked.",
}
_TOPS = {"src_ip": "Sources", "dst_ip": "Destinations", "dst_port": "Destination ports", "dst_host": "Destination hosts"}
_GROUPS = {"by_app": "Applications", "by_protocol": "Protocols", "by_direction": "Direction, as the service names it"}
_SHOWN = 10

_Names = Mapping[tuple[str, str], Any]  # a firewall's name by (project_id, fw_instance_id)


def view(audit: Mapping[str, Any], style: str) -> dict[str, Any]:
    """All that the report's template places. C{style} is the style sheet that it embeds: the report allows itself no other.

    @param audit: an answer of audit/audit.py, or the file audit.json.
    """
    word, sentence = _VERDICTS[audit["verdict"]]
    names = _names(audit)
    return {
        "style": style,
        "style_hash": "sha256-" + base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii"),
        "archive": audit["archive"],
        "created": words.minute(audit["created"]),
        "version": audit["collection_version"],
        "range": f"{words.minute(audit['start'])} to {words.minute(audit['end'])}",
        "verdict": {"key": audit["verdict"], "word": word, "sentence": sentence, "reasons": _reasons(audit["findings"]), "caveats": caveats(audit)},
        "figures": _figures(audit),
        "coverage": _coverage(audit, names),
        "findings": _findings(audit["findings"], names),
        "gaps": [_gap(gap, names) for gap in audit["gaps"]],
        "retention": [_rule(rule, names) for rule in audit["retention"]],
        "firewalls": [_firewall(one, names) for one in audit["scope"]["firewalls"]],
        "unreadable": [{"what": _unreadable(one), "why": one["error"]} for one in audit["scope"]["unreadable"]],
        "scope": _scope(audit),
        "traffic": _traffic(audit, names),
        "integrity": _integrity(audit),
        "provenance": _provenance(audit["provenance"]),
        "spot_check": _spot_check(audit["spot_check"], names),
        "heads": [_head(stream, names) for stream in audit["streams"] if stream["head"]],
        "settle": words.length(audit["settle"]) if audit["settle"] else "0",
        "depth": audit["integrity"]["depth"],
        "command": _command(audit),
    }


def _names(audit: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """How firewalls are called: by name; with the project where a name occurs twice; by ID where that does too."""
    firewalls = audit["scope"]["firewalls"]
    plain = [one["name"] or one["fw_instance_id"] for one in firewalls]
    longer = [f"{one.get('project_name') or one['project_id']} / {name}" for one, name in zip(firewalls, plain)]
    often, still = Counter(plain), Counter(longer)
    return {
        (one["project_id"], one["fw_instance_id"]): name if often[name] == 1 else full if still[full] == 1 else f"{name} {one['fw_instance_id']}"
        for one, name, full in zip(firewalls, plain, longer)
    }


def _damages(audit: Mapping[str, Any]) -> Counter[tuple[Any, Any]]:
    """How many files of each firewall are not as they were committed: coverage tells what was collected, not what is left of it."""
    faults = [one for one in audit["findings"] if one["kind"] in OBJECT_FAULTS]
    files = {(one["project_id"], one["fw_instance_id"], *(one["evidence"] or [one["id"]])): one["count"] for one in faults}
    damages: Counter[tuple[Any, Any]] = Counter()
    for place, count in files.items():
        damages[place[:2]] += count
    return damages


def _damage(count: int) -> str:
    return f"{words.count(count, 'file')} damaged or missing since" if count else ""


def _figures(audit: Mapping[str, Any]) -> list[dict[str, str]]:
    damage = _damage(sum(_damages(audit).values()))
    states = audit["states"]
    whole = sum(states.values()) - states["settling"]
    sound = states["complete"] + states["rechecking"]
    firewalls = audit["scope"]["firewalls"]
    archived = sum(1 for one in firewalls if one["presence"] == "archived")
    left = audit["time_to_loss"]
    unreadable = len(audit["scope"]["unreadable"])
    figures = [
        ("Firewalls archived", f"{words.number(archived)} of {words.number(len(firewalls))}", words.count(unreadable, "entry", "entries") + " unreadable"),
        (
            "Time proven complete",
            words.share(sound, whole) + (" as committed" if damage else ""),
            f"{damage + '; ' if damage else ''}{words.share(states['complete'], whole)} final, {words.count(len(audit['gaps']), 'gap')}",
        ),
        ("Records", words.number(audit["records"]), f"in {words.size(audit['bytes'])} stored" if audit["bytes"] is not None else "size not looked at"),
        ("Oldest moment", "-" if audit["oldest"] is None else words.date(audit["oldest"]), "that any stream covers"),
        ("Time to loss", "-" if left is None else words.length(left * 1000), "nothing open" if left is None else "until what is open is dropped"),
        ("Findings", words.number(len(audit["findings"])), _severities(audit["severities"])),
    ]
    return [{"label": label, "value": value, "note": note} for label, value, note in figures]


def _coverage(audit: Mapping[str, Any], names: _Names) -> dict[str, Any]:
    calendar = chart.Calendar(audit["start"], audit["end"])
    usual = ", ".join(sorted(audit["scope"]["log_types"]))
    damages = _damages(audit)
    by_firewall: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for stream in audit["streams"]:
        by_firewall.setdefault((stream["project_id"], stream["fw_instance_id"]), []).append(stream)
    rows = []
    for key, streams in by_firewall.items():
        sums = {state: sum(stream["states"][state] for stream in streams) for state in STATES}
        told = [f"{words.share(sums[state], sum(sums.values()))} {state}" for state in STATES if sums[state]]
        types = ", ".join(sorted(stream["log_type"] for stream in streams))
        whole = sum(sums.values()) - sums["settling"]
        rows.append(
            {
                "name": names[key],
                "log_types": "" if types == usual else types,
                "runs": calendar.row(streams),
                "share": words.share(sums["complete"] + sums["rechecking"], whole) if whole else "none",
                "text": ", ".join(told) or "nothing is archived",
                "damage": _damage(damages[key]),
                "proven": (sums["complete"] + sums["rechecking"]) / whole if whole else 0.0,
            }
        )
    used = [state for state in STATES if audit["states"][state]]
    return {
        "rows": sorted(rows, key=lambda row: (not row["damage"], row["proven"], str(row["name"]))),
        "log_types": usual,
        "cells": calendar.cells,
        "height": chart.HEIGHT,
        "unit": "hour" if calendar.unit == HOUR_MS else "day",
        "labels": calendar.labels(),
        "legend": [{"state": state, "path": chart.path(state, 0, 24), "meaning": MEANINGS[state], "used": state in used} for state in STATES],
    }


def _stream_name(one: Mapping[str, Any], names: _Names) -> str:
    if one["project_id"] is None:
        return "the archive"
    return f"{names.get((one['project_id'], one['fw_instance_id']), one['fw_instance_id'])} {one['log_type']}"


def _severities(counts: Mapping[str, int]) -> str:
    return ", ".join(words.count(counts[severity], severity) for severity in SEVERITIES if counts[severity]) or "none"


def _reasons(findings: Sequence[Mapping[str, Any]]) -> str:
    """What the verdict comes from: how often which kind of the heaviest findings occurs. Empty where these are notices."""
    heaviest = findings[0]["severity"] if findings else SEVERITIES[-1]
    if heaviest == SEVERITIES[-1]:
        return ""
    kinds = Counter(one["kind"] for one in findings if one["severity"] == heaviest)
    told = ", ".join(kind.replace("-", " ") + (f" ({words.number(count)} times)" if count > 1 else "") for kind, count in kinds.most_common())
    return f"{heaviest.capitalize()}{'s' if sum(kinds.values()) > 1 else ''}: {told}."


def _findings(findings: Sequence[Mapping[str, Any]], names: _Names) -> list[dict[str, Any]]:
    """In the audit's order, with all streams of which the same is to be said in one entry: a fleet that stopped is one fact, not six hundred."""
    entries: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in findings:
        when = "" if one["start"] is None else f"{words.moment(one['start'])} to {words.moment(one['end'])}"
        same = (one["severity"], one["kind"], one["message"], one["advice"], when, one["count"])
        entry = entries.setdefault(
            same,
            {
                "severity": one["severity"],
                "message": one["message"],
                "advice": one["advice"],
                "when": when,
                "count": words.number(one["count"]) if one["count"] > 1 else "",
                "each": [],
            },
        )
        entry["each"].append({"id": one["id"], "stream": _stream_name(one, names), "evidence": one["evidence"]})
    for entry in entries.values():
        entry["stream"] = entry["each"][0]["stream"] if len(entry["each"]) == 1 else words.count(len(entry["each"]), "stream")
    return list(entries.values())


def _gap(gap: Mapping[str, Any], names: _Names) -> dict[str, str]:
    return {
        "stream": _stream_name(gap, names),
        "start": words.moment(gap["start"]),
        "end": words.moment(gap["end"]),
        "length": words.length(gap["end"] - gap["start"]),
        "state": gap["state"],
        "left": "gone" if gap["time_left"] is None else f"{words.length(gap['time_left'] * 1000)} left",
    }


def _rule(rule: Mapping[str, Any], names: _Names) -> dict[str, Any]:
    states = [one["state"] for one in rule["streams"]]
    return {
        "name": rule["name"],
        "asks": f"{words.count(rule['days'], 'day')}" + (f", the latest {rule['immediately']} immediately" if rule["immediately"] else ""),
        "since": words.date(rule["since"]),
        "state": rule["state"],
        "counts": ", ".join(f"{words.count(states.count(state), 'stream')} {state}" for state in ("met", "not met", "not yet provable") if state in states),
        "others": _others(rule["streams"], names),
    }


def _others(streams: Sequence[Mapping[str, Any]], names: _Names) -> list[dict[str, str]]:
    """The streams that do not meet a rule: one line for all of which the same is to be said. The findings name each that does not meet it."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for one in streams:
        if one["state"] != "met":
            since = "-" if one["since"] is None else words.date(one["since"])
            alike.setdefault((one["state"], one["reason"], since), []).append(_stream_name(one, names))
    return [
        {"stream": those[0] if len(those) == 1 else words.count(len(those), "stream"), "state": state, "reason": reason, "since": since}
        for (state, reason, since), those in sorted(alike.items())
    ]


def _firewall(one: Mapping[str, Any], names: _Names) -> dict[str, Any]:
    types = [log_type if presence == one["presence"] else f"{log_type} ({presence})" for log_type, presence in one["log_types"].items()]
    return {
        "name": names[(one["project_id"], one["fw_instance_id"])],
        "id": one["fw_instance_id"],
        "project": one["project_id"],
        "project_name": one.get("project_name"),
        "region": one["region"] or "-",
        "presence": one["presence"],
        "status": one["status_text"] or "not known",
        "log_types": ", ".join(types),
    }


def _unreadable(one: Mapping[str, Any]) -> str:
    parts = [f"project {one.get('project_name') or one['project_id']}"]
    if one.get("fw_instance_id"):
        parts.append(f"firewall {one['fw_instance_id']}")
    if one.get("log_type"):
        parts.append(one["log_type"])
    return ", ".join(parts)


def _scope(audit: Mapping[str, Any]) -> str:
    scope = audit["scope"]
    if scope["expected"] is None:
        return "No list of expected firewalls was given: this is about the firewalls that the archive has. One that was never archived would not be seen."
    held = "and all else that the archive has" if scope["which"] == "archive" else "and no others that the archive may have"
    return f"{words.count(scope['expected'], 'firewall')} were expected, each with {', '.join(scope['log_types'])}; this is about them, {held}."


def _traffic(audit: Mapping[str, Any], names: _Names) -> dict[str, Any] | None:
    traffic = audit["traffic"]
    if traffic is None:
        return None
    unit = HOUR_MS if traffic["unit"] == "hour" else DAY_MS
    days = traffic["days"]
    told = [
        (days["summarised"], "have a committed summary"),
        (days["read"], "have no committed summary yet and were summarised from their data"),
        (days["counted_only"], "have no committed summary yet: their records are counted; no list below has them, unless open days are to be read"),
    ]
    busiest = sorted(traffic["streams"], key=lambda one: (-(one["bytes"] or 0), -one["records"], str(one)))[:_SHOWN]
    return {
        "unit": traffic["unit"],
        "records": chart.bars(traffic["points"], "records", unit),
        "bytes": chart.bars(traffic["points"], "bytes", unit),
        "groups": [_list(title, traffic[name]) for name, title in _GROUPS.items()],
        "tops": [_list(title, traffic["top"][name]) for name, title in _TOPS.items()],
        "busiest": _bars_of([(_stream_name(one, names), one["records"], one["bytes"]) for one in busiest]),
        "streams": words.number(len(traffic["streams"])),
        "basis": "; ".join(f"{words.count(count, 'day of a stream', 'days of streams')} {text}" for count, text in told if count) or "nothing is archived",
        "unreadable": words.count(len(traffic["unreadable"]), "summary", "summaries") if traffic["unreadable"] else "",
    }


def _list(title: str, values: Mapping[str, Any]) -> dict[str, Any]:
    rows = values["rows"][:_SHOWN]
    shown = f"the {len(rows)} heaviest" if values["values"] > len(rows) else ""
    return {
        "title": title,
        "rows": _bars_of([(row["value"] or "(empty)", row["records"], row["bytes"]) for row in rows]),
        "note": ", ".join(part for part in (shown, "lower bounds" if values["approximate"] else "") if part),
    }


def _bars_of(rows: Sequence[tuple[str, int, float | None]]) -> list[dict[str, Any]]:
    top = max((size or 0 for _name, _records, size in rows), default=0)
    return [
        {"value": name, "records": words.number(records), "bytes": words.size(size), "width": round(100 * (size or 0) / top, 1) if top else 0}
        for name, records, size in rows
    ]


def _integrity(audit: Mapping[str, Any]) -> dict[str, Any]:
    integrity = audit["integrity"]
    heads = words.count(integrity["heads"], "head") + " known from elsewhere " + ("was" if integrity["heads"] == 1 else "were") + " held against the chains."
    none = "No head known from elsewhere was given: that the newest commits were not cut off is not shown by this audit."
    signatures = [f"{words.number(count)} {name.replace('_', ' ')}" for name, count in integrity["signatures"].items() if count]
    return {
        "depth": _DEPTHS[integrity["depth"]],
        "heads": heads if integrity["heads"] else none,
        "signatures": ", ".join(signatures) or "none",
        "findings": words.count(integrity["findings"], "finding"),
    }


def _provenance(provenance: Mapping[str, Any]) -> list[dict[str, Any]]:
    labels = {
        "principal": "Collected as",
        "host": "On host",
        "endpoint": "From endpoint",
        "collection_version": "Collection version",
        "ansible_version": "ansible-core version",
        "key_id": "Signed with key",
    }
    rows = []
    for name, label in labels.items():
        values = provenance.get(name) or []
        if values:
            rows.append({"label": label, "values": [f"{one['value']} ({words.count(one['commits'], 'commit')})" for one in values]})
    rows.append({"label": "Requests", "values": [words.number(provenance["requests"])]})
    rows.append({"label": "Duplicates dropped", "values": [words.number(provenance["duplicates_dropped"])]})
    rows.append({"label": "Largest clock offset", "values": [f"{words.number(provenance['largest_clock_offset'])} ms to the service's clock"]})
    if provenance["omitted"]:
        rows.append({"label": "Further values", "values": [f"{words.count(provenance['omitted'], 'mention')} of values beyond the first twenty of a kind"]})
    return rows


def _spot_check(spot: Mapping[str, Any] | None, names: _Names) -> dict[str, Any] | None:
    if not spot:
        return None
    return {
        "seed": spot["seed"],
        "created": words.minute(spot["created"]),
        "counts": f"{words.count(len(spot['windows']), 'window')} of {words.number(spot['candidates'])} that the service still has",
        "windows": [
            {
                "stream": _stream_name(one, names),
                "start": words.moment(one["start"]),
                "end": words.moment(one["end"]),
                "outcome": one["outcome"],
                "service": words.number(one["service"]),
                "archived": words.number(one["archived"]),
                "error": one["error"] or "",
            }
            for one in spot["windows"]
        ],
    }


def _head(stream: Mapping[str, Any], names: _Names) -> dict[str, str]:
    return {
        "stream": _stream_name(stream, names),
        "sequence": words.number(stream["sequence"]),
        "sha256": stream["head"],
        "key": stream["head_key"],
        "last": words.minute(stream["last_commit"]) if stream["last_commit"] is not None else "-",
        "settled": "-" if stream["least_settled"] is None else words.length(max(0, stream["least_settled"])),
        "late": words.number(stream["late_records"]),
    }


def _command(audit: Mapping[str, Any]) -> dict[str, str]:
    """What another person types to come to the same answer."""
    stream = next((one for one in audit["streams"] if one["head"]), None)
    archive = _quoted(audit["archive"])
    copy = archive if "://" not in audit["archive"] else "COPY"
    signed = sum(count for name, count in audit["integrity"]["signatures"].items() if name != "unsigned")
    return {
        "audit": f"ansible localhost -m cloudaudit.huaweicloud.cfw_flow_log_archive_info \\\n  -a \"archive={archive} verify=data start_time={audit['start']} "
        f"end_time={audit['end']}\"",
        "verify": f"python3 verify.py {copy} --heads FILE" + (" --public-key PEM" if signed else ""),
        "head": f"sha256sum {copy}/{stream['head_key']}" if stream else "",
        "expected": stream["head"] if stream else "",
    }


def _quoted(text: str) -> str:
    return text if text.replace("/", "").replace("-", "").replace("_", "").replace(".", "").isalnum() else "'" + text.replace("'", "'\\''") + "'"
