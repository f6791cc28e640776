# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quick ways to the columns of lines: C{msgspec} where it is installed, and templates. They give what decoding gives, or nothing."""

from __future__ import annotations

from typing import Callable

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.columns import Columns
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.line_template import LineTemplates
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.line_typed import TypedLines

try:
    import msgspec
except ImportError:
    msgspec = None  # type: ignore[assignment]


def column_reader(summed: bool) -> Callable[[bytes], Columns | None]:
    """A function from whole lines, written by one service, to their columns. C{summed}: with what summaries count."""
    return LineTemplates(summed).columns if msgspec is None else TypedLines(msgspec, summed).columns
