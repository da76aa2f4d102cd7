"""How it is run: the local stack, compose, systemd, rules, Alertmanager, runbook."""
