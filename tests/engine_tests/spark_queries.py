# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Spark makes of an archive, as JSON: run with one version's PySpark on PYTHONPATH.

    python spark_queries.py <date> <encoding>=<folder> ...
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

SCHEMA = "start_time LONG, end_time LONG, log_id STRING, app STRING, bytes DOUBLE, src_ip STRING"


def read(spark: SparkSession, encoding: str, folder: str) -> DataFrame:
    if encoding == "parquet":
        return spark.read.parquet(f"{folder}/data")
    return spark.read.schema(SCHEMA).option("pathGlobFilter", f"*.{encoding}").json(f"{folder}/data")


def files_read(frame: DataFrame) -> int:
    """How many files a scan without a shuffle has opened, by Spark's own metric."""
    frame.collect()
    leaf = frame._jdf.queryExecution().executedPlan().collectLeaves().apply(0)
    return int(leaf.metrics().apply("numFiles").value())


def answers(spark: SparkSession, encoding: str, folder: str, date: str) -> dict[str, Any]:
    frame = read(spark, encoding, folder)
    by_date = frame.groupBy(F.col("date").cast("string").alias("date")).agg(F.count("*"), F.sum("bytes")).orderBy("date")
    streams = frame.groupBy("fw_instance_id", "log_type").agg(F.countDistinct("log_id"))
    return {
        "by_date": [list(row) for row in by_date.collect()],
        "streams": [list(row) for row in streams.collect()],
        "apps": [list(row) for row in frame.groupBy("app").count().collect()],
        "files": files_read(frame.select("log_id")),
        "files_of_date": files_read(frame.where(F.col("date") == date).select("log_id")),
        "records_of_date": frame.where(F.col("date") == date).count(),
    }


def main() -> None:
    date, *places = sys.argv[1:]
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    found: dict[str, Any] = {"version": spark.version}
    for place in places:
        encoding, _equals, folder = place.partition("=")
        try:
            found[encoding] = answers(spark, encoding, folder, date)
        except Exception as exc:
            found[encoding] = {"error": str(exc)}
    print(json.dumps(found))
    spark.stop()


if __name__ == "__main__":
    main()
