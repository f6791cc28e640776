# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who vouches for a stream's commits.

Each commit names the one before by its SHA-256, so a valid signature vouches for everything before it too. An unsigned
commit is therefore a warning where signing began later, and an error where nothing signed follows it, or where the
stream was signed before: then a signature was stripped, or somebody without the key wrote.
"""

from __future__ import annotations

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import Head
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import UNKNOWN_KEY, UNSIGNED, VALID, WRONG, PublicKeys
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.store.layout import Stream
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.verify.findings import ERROR, WARNING, Findings


class SignatureCheck:
    """Takes a stream's commits, oldest first. Without public keys it only counts which are signed."""

    def __init__(self, keys: PublicKeys | None, findings: Findings, stream: Stream) -> None:
        self._keys = keys
        self._findings = findings
        self._stream = stream
        self._signed_before = False
        self._unsigned: list[Head] = []  # the first and the last of those that no later signature vouches for yet
        self.counts = {VALID: 0, UNSIGNED: 0, UNKNOWN_KEY: 0, WRONG: 0, "unchecked": 0}

    def add(self, head: Head) -> None:
        if self._keys is None:
            self.counts[UNSIGNED if head.commit.get("signature") is None else "unchecked"] += 1
            return
        verdict = self._keys.judge(head.commit)
        self.counts[verdict] += 1
        if verdict == UNSIGNED and self._signed_before:
            self._state("signature-stripped", "A commit is not signed, but earlier ones of its stream are.", head)
        elif verdict == UNSIGNED:
            self._unsigned = [self._unsigned[0] if self._unsigned else head, head]
        elif verdict == UNKNOWN_KEY:
            self._state("signature-unknown-key", f"A commit is signed with the key {head.commit['signature'].get('key_id')!s:.40}, which was not given.", head)
        elif verdict == WRONG:
            self._state("signature-wrong", "A commit is not what its signature is over, or the signature is none.", head)
        else:
            self._state_unsigned(WARNING, "a later signature vouches for them")
        self._signed_before = self._signed_before or verdict != UNSIGNED

    def finish(self) -> dict[str, int]:
        """State what is left; how many commits have which verdict."""
        self._state_unsigned(ERROR, "no later signature vouches for them")
        return self.counts

    def _state_unsigned(self, severity: str, why: str) -> None:
        if self._unsigned:
            first, last = self._unsigned
            self._unsigned = []
            message = f"Commits {first.sequence} to {last.sequence} are not signed; {why}."
            # the last one: it is the one that names all the others
            self._findings.add("signature-missing", severity, self._stream, message, last.key, count=last.sequence - first.sequence + 1)

    def _state(self, kind: str, message: str, head: Head) -> None:
        self._findings.add(kind, ERROR, self._stream, message, head.key)
