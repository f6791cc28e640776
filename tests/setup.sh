#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 the cloudaudit.huaweicloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Prepares what demo, tests and CI run on, and does nothing that is already done:
#   .venv                                                     Python with the versions of tests/requirements.txt
#   .cache/collections/ansible_collections/cloudaudit/huaweicloud   this checkout, at the path that Ansible wants
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

usable() { # a Python that tests/requirements.txt is pinned for, not merely a file of that name
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null
}

find_python() {
    local name
    for name in ${PYTHON:-python3 python3.11 python3.12 python3.13}; do
        if usable "$name"; then
            command -v "$name"
            return
        fi
    done
    echo "tests/setup.sh: no Python 3.11, 3.12 or 3.13 found. Install one (Debian: apt-get install python3) or name it: make test PYTHON=/path/to/python3.11" >&2
    return 1
}

python=$(find_python)

if ! "$python" -c 'import ensurepip' 2>/dev/null; then # Debian ships venv's half in a package of its own
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv
    else
        echo "tests/setup.sh: $python cannot create virtual environments. Run: sudo apt-get install python3-venv" >&2
        exit 1
    fi
fi

# A moved checkout, another Python or other pins each need a new environment: its scripts hold absolute paths.
wanted="$root $("$python" -VV | tr '\n' ' ') $("$python" -c 'import hashlib; print(hashlib.sha256(open("tests/requirements.txt", "rb").read()).hexdigest())')"
if [ ! -f .venv/prepared-for ] || [ "$(cat .venv/prepared-for)" != "$wanted" ]; then
    echo "Preparing .venv (once; fetches about 100 packages, which takes one to several minutes) ..."
    rm -rf .venv
    "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-input -r tests/requirements.txt
    printf '%s\n' "$wanted" > .venv/prepared-for
fi

.venv/bin/python tests/copy_tree.py .cache/collections/ansible_collections/cloudaudit/huaweicloud
