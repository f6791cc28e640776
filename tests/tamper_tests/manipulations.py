# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All ways to tamper with an archive, by subject."""

from __future__ import annotations

import tamper_anything
import tamper_chain
import tamper_hidden
import tamper_objects
import tamper_records
from tamper_kinds import Kinds

KINDS = Kinds([*tamper_objects.kind, *tamper_records.kind, *tamper_chain.kind, *tamper_hidden.kind, *tamper_anything.kind])
