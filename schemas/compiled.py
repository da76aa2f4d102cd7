"""Loops over bytes and numbers, compiled to machine code by numba when they are first called.

What is compiled is kept in `__pycache__` beside its module, or where NUMBA_CACHE_DIR says, so a
process compiles nothing that another one has. That looks at the module's own file alone: a
compiled function calls compiled functions of its own module only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """`function` as machine code, which runs without Python's lock.

    It may use numbers, numpy arrays, tuples of both, and other compiled functions.
    """
    return cast(F, njit(cache=True, nogil=True)(function))
