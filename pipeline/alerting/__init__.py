"""Pure: Prometheus rules and Alertmanager routes, rendered from the catalogue."""
