# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gaps of an audit as comma-separated values, for spreadsheets and ticket systems."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

COLUMNS = ("project_id", "fw_instance_id", "name", "log_type", "start", "end", "start_iso", "end_iso", "seconds", "state", "seconds_left")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def gaps_csv(audit: Mapping[str, Any]) -> bytes:
    """One line for each gap, after a line of names; RFC 4180, UTF-8. Times in epoch ms and ISO 8601."""
    names = {(one["project_id"], one["fw_instance_id"]): one["name"] for one in audit["scope"]["firewalls"]}
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for gap in audit["gaps"]:
        name = names[gap["project_id"], gap["fw_instance_id"]]
        left = "" if gap["time_left"] is None else gap["time_left"]
        length = (gap["end"] - gap["start"]) / 1000
        times = (gap["start"], gap["end"], gap["start_iso"], gap["end_iso"])
        writer.writerow([_plain(gap["project_id"]), _plain(gap["fw_instance_id"]), _plain(name), gap["log_type"], *times, f"{length:g}", gap["state"], left])
    return text.getvalue().encode("utf-8", "backslashreplace")


def _plain(value: str | None) -> str:
    """A text that no spreadsheet takes for a formula: others chose the names of firewalls."""
    text = value or ""
    return "'" + text if text.startswith(_FORMULA) else text
