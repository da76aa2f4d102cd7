"""The Faust side: batch transport, group commit, one short agent per topic."""

import os

from agents import memory

# Read once, when polars is imported. A commit is decoded in parts, side by side (decoding.py):
# threads of polars beside these wait for each other, for a tenth of the worker's CPU.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

# Before any library has threads: what has a heap keeps it.
memory.share()
