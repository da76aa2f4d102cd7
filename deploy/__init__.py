"""How it is run: the local stack, rules, Alertmanager, runbook."""
