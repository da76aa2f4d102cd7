"""Pure: the metric catalogue, from which gauges, rules, tables and documents are rendered."""
