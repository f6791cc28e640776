# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kinds of tampering have in common."""

from __future__ import annotations

from typing import Callable

from place import Place

NOTHING, HEAD, KEY = "nothing", "head", "key"  # what a verifier must be given beside the archive: a head that was written down, or the public key
Tamper = Callable[[Place], set[str]]  # returns the keys of which at least one must be named by a finding


class Kinds(list[tuple[str, str, Tamper]]):
    """Ways to tamper: name, what a verifier needs, and the function, which it decorates."""

    def __call__(self, needs: str) -> Callable[[Tamper], Tamper]:
        def register(tamper: Tamper) -> Tamper:
            self.append((tamper.__name__, needs, tamper))
            return tamper

        return register
