#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 the cloudaudit.huaweicloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs what tests/report_tests hold reports against: Chromium, what drives it, and the published schemas of in-toto and OSCAL
# (a Python environment of their own: their versions are no concern of the collection's). Does nothing where they are there already.
# tests/parts/report.sh [folder, by default .cache/parts/report]
set -euo pipefail

folder=${1:-$(cd "$(dirname "$0")/../.." && pwd)/.cache/parts/report}

if ! command -v chromium >/dev/null; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "tests/parts/report.sh: Chromium is missing. On Debian: sudo apt-get install --no-install-recommends chromium fonts-dejavu-core" >&2
        exit 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
fi
if ! [ -e "$folder/ready" ]; then
    rm -rf "$folder"
    "${PYTHON:-python3}" -m venv "$folder"
    "$folder/bin/pip" install -q --disable-pip-version-check playwright==1.65.2 compliance-trestle==5.2.0 in-toto-attestation==0.9.3
    touch "$folder/ready"
fi
