"""The stores and outlets behind small protocols: Kafka, ClickHouse, chDB, Prometheus."""

import os

# Else clickhouse-driver makes a table of all days from 1900 to 2299 when it is imported: 0.1 s and
# 22 MB of every `pulse` command. So it makes an entry when it meets the day.
os.environ.setdefault("CLICKHOUSE_DRIVER_LASY_DATE_LUT", "1")
