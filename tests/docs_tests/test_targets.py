# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that users call has a target of ansible-test's integration tests."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
KINDS = {"module": "plugins/modules", "lookup": "plugins/lookup", "inventory": "plugins/inventory", "filter": "plugins/filter"}


def test_each_plugin_and_role_has_a_target_and_no_target_is_of_something_else() -> None:
    called = {f"{kind}_{path.stem}" for kind, folder in KINDS.items() for path in (PROJECT / folder).glob("*.py")}
    called |= {f"role_{path.parent.name}" for path in PROJECT.glob("roles/*/tasks")}
    targets = {path.parents[1].name for path in (PROJECT / "tests" / "integration" / "targets").glob("*/tasks/main.yml")}
    assert {name for name in targets if not name.startswith("setup_")} == called
