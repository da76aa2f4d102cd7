"""The catalogue a second time, in plain Python, written from METRICS.md and not from the SQL.

Slow and obvious on purpose; nothing is shared with the program but the shape of the answer.
"""
