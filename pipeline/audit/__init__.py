"""Holds what is stored to the log and to itself: each check is one file."""
