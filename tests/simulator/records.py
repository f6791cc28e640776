# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of records: seeded variants of realistic JSON objects, into which identity and times are put on demand.

A variant is everything of a record but `log_id`, `start_time` and `end_time`. A stream's row names its variant, so that
millions of records cost a few bytes each and a page's text is made while it is served.
"""

from __future__ import annotations

import json
import random
from functools import lru_cache
from typing import Any, NamedTuple, Sequence

import numpy as np

POOL_SIZE = 4096
_BLOCK = 1 << 18  # IDs are generated in blocks, to spare memory
PROTOCOL_NAMES = {1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6"}
PROTOCOL_NUMBERS = {name: number for number, name in PROTOCOL_NAMES.items()}
_APPS = (
    ("HTTPS", 443, 6),
    ("HTTP", 80, 6),
    ("DNS", 53, 17),
    ("SSH", 22, 6),
    ("TLS1", 8443, 6),
    ("MYSQL", 3306, 6),
    ("SMTP", 25, 6),
    ("RDP", 3389, 6),
    ("BGP", 179, 6),
    ("ANY", 0, 17),
)
_APP_WEIGHTS = (40, 14, 14, 6, 8, 4, 2, 3, 1, 8)
_HOSTS = ("www.example.com", "api.example.net", "mirror.example.org", "cdn-7.static.example.com", "login.example.cn", "mail.example.de")
_ODD_HOSTS = ("m\u00fcnchen.example.de", "\u4f8b\u5b50.example.cn", "\u043f\u0440\u0438\u043c\u0435\u0440.example", "\U0001f525.example.com")
_PLACES = (
    ("CN", "China", "110000", "Beijing", "110100", "Beijing"),
    ("CN", "\u4e2d\u56fd", "310000", "\u4e0a\u6d77", "310100", "\u4e0a\u6d77"),
    ("DE", "Germany", "DE-BY", "Bayern", "DE-M", "M\u00fcnchen"),
    ("US", "United States", "US-VA", "Virginia", "US-ASH", "Ashburn"),
)
_ID, _START, _END = "\0log_id\0", "\0start_time\0", "\0end_time\0"  # stand for the parts that differ from row to row
ORDERS = (("end_time", "log_id", "start_time"), ("log_id", "start_time", "end_time"), ("start_time", "end_time", "log_id"))
LITERAL = len(ORDERS)  # the order of a variant that belongs to one record only: its text is complete


class Variant(NamedTuple):
    order: int  # index into ORDERS: in which order the row's three values are put into the template; or LITERAL
    template: bytes
    template_numbers: bytes  # the same with the protocol as a number
    attributes: dict[str, Any]  # what filters look at; a missing field is missing here too
    log_id: bytes | None = None  # of a LITERAL


def _address(rng: random.Random, log_type: str, inside: bool, ipv6: bool) -> str:
    if ipv6:
        return f"{'fd00' if inside else '2001:db8'}:{rng.randrange(1, 65536):x}::{rng.randrange(1, 65536):x}"
    if inside or log_type == "vpc":
        return f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
    return f"{rng.choice((45, 100, 114, 159, 203))}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


def _bytes_text(rng: random.Random) -> str:
    """A count of bytes as a service with a float field writes it."""
    count = int(10 ** rng.uniform(1.6, 7.3))
    kind = rng.random()
    if kind < 0.12:
        return f"{count}.5"
    if kind < 0.22:
        return f"{count}.0"
    if count >= 10_000_000:
        return f"{count / 10**7:.7f}".rstrip("0") + "E7"
    return str(count)


def _fields(rng: random.Random, log_type: str, shape: dict[str, Any], odd: bool) -> tuple[dict[str, str], dict[str, Any]]:
    """(name -> JSON text, name -> value for filters)."""
    direction = "in2out" if log_type == "nat" else rng.choice(("in2out", "out2in"))
    ipv6 = rng.random() < shape["ipv6"]
    app, port, protocol = rng.choices(_APPS, _APP_WEIGHTS)[0]
    if rng.random() < 0.05:
        app, port, protocol = "ANY", 0, 58 if ipv6 else 1
    values: dict[str, Any] = {
        "app": app,
        "direction": direction,
        "src_ip": _address(rng, log_type, direction == "in2out", ipv6),
        "dst_ip": _address(rng, log_type, direction == "out2in", ipv6),
        "src_port": rng.randrange(1024, 65536),
        "dst_port": port or rng.randrange(1, 65536),
        "packets": int(10 ** rng.uniform(0, 4)),
        "protocol": PROTOCOL_NAMES[protocol],
    }
    if app in ("HTTPS", "HTTP", "TLS1") and rng.random() < 0.7:
        values["dst_host"] = rng.choice(_ODD_HOSTS if odd or rng.random() < 0.03 else _HOSTS)
    if protocol in (1, 58):
        del values["src_port"], values["dst_port"]
    elif rng.random() < 0.02:
        del values["app"]
    if log_type in ("internet", "nat") and rng.random() < 0.8:
        for side in ("src", "dst") if rng.random() < 0.5 else ("dst",):
            names = ("region_id", "region_name", "province_id", "province_name", "city_id", "city_name")
            values.update({f"{side}_{name}": value for name, value in zip(names, rng.choice(_PLACES))})
    if rng.random() < 0.3:
        values["vni"] = rng.randrange(1, 1 << 24)
    if rng.random() < 0.1:
        values["dst_host"] = values.get("dst_host") or ""
    raw = rng.random() < 0.5  # non-ASCII as UTF-8, else as \u escapes
    texts = {name: json.dumps(value, ensure_ascii=not raw) for name, value in values.items()}
    texts["bytes"] = _bytes_text(rng)
    if odd:
        torture = {
            "remark": 'a "quoted" end},{"log_id":"none","start_time":1} \\ \\" \u00e9',
            "meta": {"log_id": "nested", "start_time": 5, "end_time": [1, {"log_id": None}], "deep": {"a": [[], {}]}},
            "empty": {},
            "nothing": None,
            "ratio": -1.5e-9,
        }
        for name in rng.sample(sorted(torture), rng.randrange(1, 4)):
            texts[name] = json.dumps(torture[name], ensure_ascii=not raw)
    return texts, values


def _variant(rng: random.Random, log_type: str, shape: dict[str, Any]) -> Variant:
    odd = rng.random() < shape["torture"]
    texts, values = _fields(rng, log_type, shape, odd)
    texts.update({"log_id": f'"{_ID}"', "start_time": _START, "end_time": _END})
    names = sorted(texts)  # the specification's example is in alphabetical order
    order, comma, colon = 0, ",", ":"
    if odd:
        rng.shuffle(names)
        order = rng.randrange(len(ORDERS))
        places = sorted(names.index(name) for name in ORDERS[order])
        for place, name in zip(places, ORDERS[order]):
            names[place] = name
        comma, colon = rng.choice(((",", ":"), (", ", ": "), (" , ", " : ")))
    numbers = dict(texts, protocol=json.dumps(str(PROTOCOL_NUMBERS[values["protocol"]])))

    def template(parts: dict[str, str]) -> bytes:
        text = "{" + comma.join(f'"{name}"{colon}{parts[name]}' for name in names) + "}"
        text = text.replace("%", "%%")
        for marker, form in ((_ID, "%b"), (_START, "%d"), (_END, "%d")):
            text = text.replace(marker, form)
        return text.encode()

    return Variant(order, template(texts), template(numbers), values)


@lru_cache(maxsize=64)
def _pool(seed: int, log_type: str, shape_items: tuple[tuple[str, Any], ...]) -> tuple[Variant, ...]:
    rng = random.Random(f"{seed}/{log_type}/variants")
    shape = dict(shape_items)
    return tuple(_variant(rng, log_type, shape) for unused in range(POOL_SIZE))


def variant_pool(seed: int, log_type: str, shape: dict[str, Any]) -> tuple[Variant, ...]:
    """The POOL_SIZE variants that streams of this log type draw from."""
    return _pool(seed, log_type, tuple((name, shape[name]) for name in ("ipv6", "torture")))


def literal(raw: bytes, log_id: bytes) -> Variant:
    """The variant of a record whose text is given."""
    return Variant(LITERAL, raw, raw, json.loads(raw), log_id)


def sort_keys(log_ids: Sequence[bytes]) -> np.ndarray:
    """The first eight bytes of each ID as a number that sorts as the text does."""
    return np.array([int.from_bytes(log_id[:8].ljust(8, b"\0"), "big") for log_id in log_ids], dtype=np.uint64)


def _digits(numbers: np.ndarray, base: int, width: int) -> np.ndarray:
    """Digits of `numbers`, most significant first, as an array of shape (width, n)."""
    places = np.empty((width, len(numbers)), dtype=np.uint64)
    rest = numbers.astype(np.uint64)
    for place in range(width - 1, -1, -1):
        rest, places[place] = np.divmod(rest, np.uint64(base))
    return places


def generated_keys(first: int, count: int, seed: int) -> np.ndarray:
    """Sort keys of `count` unique generated IDs, the n-th of the stream being `first` + n; their order has nothing to do with n.

    Even ones are decimal numbers of up to eight digits, odd ones begin with a letter and go on in hex.
    """
    blocks = [_generated_keys(begin, min(_BLOCK, first + count - begin), seed) for begin in range(first, first + count, _BLOCK)]
    return np.concatenate(blocks) if blocks else np.empty(0, dtype=np.uint64)


def _generated_keys(first: int, count: int, seed: int) -> np.ndarray:
    ordinals = np.arange(first, first + count, dtype=np.uint64)
    half = ordinals >> np.uint64(1)
    # odd multiplier: a permutation of 26 bits, hence no ID twice within 2**27 records of a stream
    mixed = (half * np.uint64((seed * 2654435761 | 1) & 0x3FFFFFF) + np.uint64(seed & 0x3FFFFFF)) & np.uint64(0x3FFFFFF)
    keys = np.zeros(count, dtype=np.uint64)
    odd = (ordinals & np.uint64(1)).astype(bool)
    if odd.any():
        letters = np.frombuffer(b"abcdef", dtype=np.uint8)[(mixed[odd] % np.uint64(6)).astype(np.intp)].astype(np.uint64)
        hexadecimal = np.frombuffer(b"0123456789abcdef", dtype=np.uint8).astype(np.uint64)
        key = letters
        for place in _digits(mixed[odd], 16, 7):
            key = (key << np.uint64(8)) | hexadecimal[place.astype(np.intp)]
        keys[odd] = key
    even = ~odd
    if even.any():
        numbers = mixed[even]
        key = np.zeros(len(numbers), dtype=np.uint64)
        length = np.zeros(len(numbers), dtype=np.uint64)
        for place in _digits(numbers, 10, 8):
            length += ((length > 0) | (place > 0)).astype(np.uint64)
            key = np.where(length > 0, (key << np.uint64(8)) | (place + np.uint64(48)), key)
        length = np.maximum(length, np.uint64(1))
        key = np.where(key == 0, np.uint64(48), key)
        keys[even] = key << (np.uint64(8) * (np.uint64(8) - length))
    return keys


def log_ids(keys: np.ndarray, variants: Sequence[Variant], chosen: Sequence[int]) -> list[bytes]:
    """The full IDs of the rows with these sort keys and variants; eight characters are unique, hex IDs have twelve more."""
    heads = keys.astype(">u8").view("S8").tolist()
    tails = (keys * np.uint64(0x9E3779B97F4A7C15)).tobytes().hex().encode()
    ids = [head if head < b"a" else head + tails[place : place + 12] for head, place in zip(heads, range(0, 16 * len(heads), 16))]
    if len(variants) > POOL_SIZE:
        for place, index in enumerate(chosen):
            if index >= POOL_SIZE:
                ids[place] = variants[index].log_id or b""
    return ids


def render(variants: Sequence[Variant], chosen: Sequence[int], ids: Sequence[bytes], starts: Sequence[int], ends: Sequence[int], numbers: bool) -> list[bytes]:
    """The JSON text of each row."""
    lines: list[bytes] = []
    add = lines.append
    for index, log_id, start, end in zip(chosen, ids, starts, ends):
        variant = variants[index]
        template = variant.template_numbers if numbers else variant.template
        order = variant.order
        if order == 0:
            add(template % (end, log_id, start))
        elif order == 1:
            add(template % (log_id, start, end))
        elif order == 2:
            add(template % (start, end, log_id))
        else:
            add(template)
    return lines
