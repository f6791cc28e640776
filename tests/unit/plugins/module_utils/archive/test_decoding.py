# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence is decoded to the same value with and without msgspec."""

from __future__ import annotations

import json

import pytest
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.encoding import decoding

TEXTS = [
    b'{"a": [1, 2.5, -0.0, true, null, "\\u00e9"], "a": 2}',
    b"123456789012345678901234567890",
    b"1e400",
    b"5e-324",
    b'"\\ud800"',
    b'"\xed\xa0\x80"',
    b'"\x7f\\u0000"',
]
NO_TEXTS = [b"", b"NaN", b"[Infinity]", b"[1,]", b"01", b'"\t"', b"\xff", b'{"a":1}x']


@pytest.fixture(params=["with", "without"], autouse=True)
def _library(request, monkeypatch):
    if request.param == "without":
        monkeypatch.setattr(decoding, "msgspec", None)
    elif decoding.msgspec is None:
        pytest.skip("msgspec is not installed")


@pytest.mark.parametrize("text", TEXTS)
def test_values(text):
    assert repr(decoding.decode(text)) == repr(json.loads(text))


@pytest.mark.parametrize("text", NO_TEXTS)
def test_what_is_no_json(text):
    with pytest.raises(ValueError):
        decoding.decode(text)


def test_deep_nesting_is_told():
    with pytest.raises(RecursionError):
        decoding.decode(b"[" * 100_000)
