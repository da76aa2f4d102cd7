"""Boards as code (built in a later release)."""
