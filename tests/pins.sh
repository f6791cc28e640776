#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 the cloudaudit.huaweicloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Renews tests/requirements.txt: the newest versions that tests/requirements.in admits, together; and docs/site/requirements.txt: the newest
# versions of what is named there.
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

mapfile -t names < <(sed -n 's/==.*//p' docs/site/requirements.txt)
.venv/bin/python -m venv "$scratch/docs"
"$scratch/docs/bin/pip" install --quiet --disable-pip-version-check "${names[@]}" "$(grep '^ansible-core==' tests/requirements.txt)"
{
    grep '^#' docs/site/requirements.txt
    "$scratch/docs/bin/pip" freeze | tr '[:upper:]' '[:lower:]' | grep -E "^($(IFS='|' && echo "${names[*]}"))=="
} > "$scratch/docs.txt"
mv "$scratch/docs.txt" docs/site/requirements.txt
git --no-pager diff --stat -- tests/requirements.txt docs/site/requirements.txt
