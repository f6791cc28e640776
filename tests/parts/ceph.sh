#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 the cloudaudit.huaweicloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs what tests/parts/ceph.py starts: a real object store (Ceph's RADOS Gateway). Does nothing where it is there already.
set -euo pipefail

missing() {
    local name
    for name in radosgw radosgw-admin ceph ceph-mon ceph-osd monmaptool openssl; do
        command -v "$name" >/dev/null || return 0
    done
    return 1
}

missing || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "tests/parts/ceph.sh: Ceph's RADOS Gateway is missing. On Debian: sudo apt-get install --no-install-recommends" \
        "radosgw ceph-mon ceph-osd ceph-mgr ceph-common openssl" >&2
    exit 1
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends radosgw ceph-mon ceph-osd ceph-mgr ceph-common openssl >/dev/null
