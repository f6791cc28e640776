# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit as an in-toto Statement (https://in-toto.io/Statement/v1), signed in a DSSE envelope when there is a key.

Subjects are the newest commits of the audited streams: by their hash chain each stands for all of its stream. The predicate
says what was looked at and found; it has the SHA-256 of C{audit.json}, which says all.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.chain import canonical
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.archive.signing import Signer

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://cloudaudit.github.io/huaweicloud/flow-log-audit/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"


def statement(audit: Mapping[str, Any], audit_sha256: str) -> dict[str, Any]:
    """The statement. An audit of an archive without commits has C{audit.json} as its only subject."""
    subjects = [{"name": stream["head_key"], "digest": {"sha256": stream["head"]}} for stream in audit["streams"] if stream["head"]]
    integrity = audit["integrity"]
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": "audit.json", "digest": {"sha256": audit_sha256}}, *subjects],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "audit": {"name": "audit.json", "digest": {"sha256": audit_sha256}},
            "auditedOn": audit["created_iso"],
            "auditor": {"name": "cloudaudit.huaweicloud", "version": audit["collection_version"]},
            "archive": audit["archive"],
            "range": {"start": audit["start_iso"], "end": audit["end_iso"]},
            "verdict": audit["verdict"],
            "compliant": audit["compliant"],
            "verification": {"depth": integrity["depth"], "knownHeads": integrity["heads"], "signatures": integrity["signatures"]},
            "millisecondsByState": audit["states"],
            "findingsBySeverity": audit["severities"],
            "findings": [one["id"] for one in audit["findings"]],
            "retention": [{name: rule[name] for name in ("name", "days", "immediately", "state")} for rule in audit["retention"]],
        },
    }


def envelope(made: Mapping[str, Any], signer: Signer) -> dict[str, Any]:
    """The statement in a DSSE envelope (version 1.0.2), signed with Ed25519; C{keyid} is as in commits."""
    payload = canonical(made)
    return {
        "payload": base64.b64encode(payload).decode("ascii"),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": signer.key_id, "sig": base64.b64encode(signer.sign(_to_sign(payload))).decode("ascii")}],
    }


def _to_sign(payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: what is signed names its type, so that it is taken for nothing else."""
    kind = PAYLOAD_TYPE.encode("ascii")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
