#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 the cloudaudit.huaweicloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Builds the documentation as HTML in .cache/docs, in an environment of its own, and checks its links. Any warning fails the build.
set -euo pipefail
cd "$(dirname "$0")/.."
site=$PWD/docs/site built=$PWD/.cache/docs tools=$PWD/.cache/docs-venv

if ! cmp -s docs/site/requirements.txt "$tools/prepared-for"; then
    .venv/bin/python -m venv --clear "$tools"
    "$tools/bin/pip" install --quiet --quiet --disable-pip-version-check -r docs/site/requirements.txt "$(grep '^ansible-core==' tests/requirements.txt)"
    cp docs/site/requirements.txt "$tools/prepared-for"
fi
export PATH="$tools/bin:$PATH" ANSIBLE_COLLECTIONS_PATH="$PWD/.cache/collections" ANSIBLE_HOME="$PWD/.cache/docs-home"
rm -rf "$built"
mkdir -p "$built/rst"
chmod 0700 "$built/rst" # antsibull-docs refuses folders that others may write to
antsibull-docs --config-file "$site/antsibull-docs.cfg" collection --use-current --fail-on-error --dest-dir "$built/rst" cloudaudit.huaweicloud
cp "$site/index.rst" "$built/rst/"
sphinx-build --quiet --fail-on-warning --keep-going -b html -c "$site" "$built/rst" "$built/html"
python tests/docs_links.py "$built/html" .
echo "Open .cache/docs/html/index.html"
