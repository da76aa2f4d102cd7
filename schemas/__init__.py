"""The wire: what an event is, and how bytes become one."""
