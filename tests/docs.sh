#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 the cloudaudit.huaweicloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Builds the documentation as HTML in .cache/docs, in an environment of its own that antsibull-docs describes.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
if [ ! -x .cache/docs-venv/bin/antsibull-docs ]; then
    .venv/bin/python -m venv .cache/docs-venv
    .cache/docs-venv/bin/pip install --quiet --quiet --disable-pip-version-check antsibull-docs "$(grep '^ansible-core==' tests/requirements.txt)"
fi
export PATH="$root/.cache/docs-venv/bin:$PATH" ANSIBLE_COLLECTIONS_PATH="$root/.cache/collections"
if [ ! -f .cache/docs/build.sh ]; then
    mkdir -p .cache/docs
    chmod 0700 .cache/docs # antsibull-docs refuses folders that others may write to
    antsibull-docs sphinx-init --use-current --fail-on-error --dest-dir .cache/docs cloudaudit.huaweicloud
    pip install --quiet --quiet --disable-pip-version-check -r .cache/docs/requirements.txt
fi
.cache/docs/build.sh
echo "Open .cache/docs/build/html/index.html"
