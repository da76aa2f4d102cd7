"""The process between Alertmanager and where people read: told once, and told until it arrives."""
