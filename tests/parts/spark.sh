#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 the cloudaudit.huaweicloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs what tests/engine_tests/test_spark.py runs: Apache Spark 4 and 3.5 (PySpark, each in a folder of its own) and Java 17.
# Does nothing where they are there already.  tests/parts/spark.sh [folder, by default .cache/parts]
set -euo pipefail

folder=${1:-$(cd "$(dirname "$0")/../.." && pwd)/.cache/parts}
python=${PYTHON:-python3}

if ! command -v java >/dev/null; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "tests/parts/spark.sh: Java 17 is missing. On Debian: sudo apt-get install --no-install-recommends openjdk-17-jre-headless" >&2
        exit 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless >/dev/null
fi

for version in 4.3.0 3.5.5; do
    target=$folder/spark-${version%.*}
    if [ ! -f "$target/complete" ]; then
        rm -rf "$target"
        mkdir -p "$target"
        "$python" -m pip install --quiet --disable-pip-version-check --target "$target" "pyspark==$version"
        touch "$target/complete"
    fi
done
