"""The stores and outlets behind small protocols: Kafka, ClickHouse, chDB, Prometheus."""
