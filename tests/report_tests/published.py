# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold a report's files against the published models of in-toto and OSCAL; run by the Python of tests/parts/report.sh.

    python published.py <folder of the report>
"""

from __future__ import annotations

import sys
from pathlib import Path

from google.protobuf import json_format
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from trestle.oscal.assessment_results import AssessmentResults


def main(folder: Path) -> None:
    message = statement_pb2.Statement()
    json_format.Parse((folder / "audit.intoto.json").read_text(), message)  # refuses unknown fields
    Statement.copy_from_pb(message).validate()
    results = AssessmentResults.oscal_read(folder / "assessment-results.oscal.json")  # refuses unknown and missing fields, and malformed values
    assert results is not None
    print(f"{len(message.subject)} subjects, {len(results.results[0].observations)} observations")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
