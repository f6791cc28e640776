# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets out of texts that come from elsewhere, before they reach a message."""

from __future__ import annotations

import re
from typing import Iterable

_SIGNED = re.compile(r"(Signature=|Access=)[^\s,;\"'&<]+", re.IGNORECASE)
_SHORTEST = 4  # shorter values would take ordinary words apart; no real secret is that short


def redact(text: str, secrets: Iterable[str]) -> str:
    for secret in sorted((secret for secret in secrets if len(secret) >= _SHORTEST), key=len, reverse=True):
        text = text.replace(secret, "****")
    return _SIGNED.sub(r"\1****", text)
