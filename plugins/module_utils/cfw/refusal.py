# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one wording of a refused option value."""

from __future__ import annotations

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import OptionError

_SHOWN_CHARACTERS = 80


def refused(option: str, value: object, why: str, allowed: str) -> OptionError:
    """The error for one value: which option, which value, why, and what is allowed. A long value is shown by its beginning."""
    shown = repr(value)
    if len(shown) > _SHOWN_CHARACTERS:
        shown = f"{shown[:_SHOWN_CHARACTERS]}... ({len(shown)} characters)"
    return OptionError(f"{option}: {shown} {why}.", f"Give {allowed}.", option=option, value=shown, allowed=allowed)
