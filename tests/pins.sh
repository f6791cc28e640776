#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 the cloudaudit.huaweicloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Renews tests/requirements.txt: the newest versions that tests/requirements.in admits, together.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
.venv/bin/python -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check -r tests/requirements.in
{
    grep '^# SPDX' tests/requirements.in
    echo "# Written by 'make pins' from requirements.in; do not edit."
    "$scratch/venv/bin/pip" freeze --exclude pip --exclude setuptools
} > "$scratch/requirements.txt"
mv "$scratch/requirements.txt" tests/requirements.txt
git --no-pager diff --stat -- tests/requirements.txt
