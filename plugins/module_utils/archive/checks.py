# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A question that everything read from an archive is asked."""

from __future__ import annotations

from typing import Any


def is_whole(value: Any) -> bool:
    """Whether a decoded JSON value is a whole number: for Python true and false are numbers too."""
    return isinstance(value, int) and not isinstance(value, bool)
