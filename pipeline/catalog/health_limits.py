"""From when on the pipeline is unwell: the limits of its alerts, and where boards turn red.

Defaults chosen here: a stray bad record is for the daily look, a broken format is for today.
"""

from __future__ import annotations

REJECTED_IN_S = 900
REJECTED_ABOVE = 10
REJECTED_SHARE = 0.01
"""More records than that, and a larger share of those read, rejected within that many seconds."""

LAG_GROWING_ABOVE_S = 60
"""A lag that only grows is told from this age of what waits on."""

AUDIT_OVERDUE_S = 26 * 3_600
"""Longer than the longest interval that can be set, and a run."""

CONFLICTS = "conflicts"
"""The one check of the audit whose mismatches are its source's to explain."""

BUSY_SHARE = 0.8
"""A worker that folds or stores for more of its time than this has no room left for a peak."""
