"""Loops over bytes and numbers, compiled to machine code by numba when they are first called.

What is compiled is kept in `__pycache__` beside its module, or where NUMBA_CACHE_DIR says, so a
process compiles nothing that another one has. That looks at the module's own file alone: a
compiled function calls compiled functions of its own module only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

F = TypeVar("F", bound=Callable[..., object])
T = TypeVar("T", bound=np.generic)

LOOPS: list[Any] = []
"""All that are compiled; the `signatures` of each say for what types of arguments, so far."""


def compiled(function: F) -> F:
    """`function` as machine code, which runs without Python's lock.

    It may use numbers, numpy arrays, tuples of both, and functions that are `inlined` or compiled.
    """
    return _compiled(function)


def inlined(function: F) -> F:
    """A part of compiled functions, each of which has a copy of it: for what is done for each row.

    A call would cost more than most of these do, and counts the users of each array on its way.
    """
    return _compiled(function, forceinline=True)


def _compiled(function: F, **options: bool) -> F:
    try:
        loop = njit(cache=True, nogil=True, **options)(function)
    except RuntimeError:  # there is no folder that it may keep it in
        loop = njit(nogil=True, **options)(function)
    LOOPS.append(loop)
    return cast(F, loop)


@intrinsic  # type: ignore[untyped-decorator]  # numba has no types
def pointer(_: Any, address: Any) -> Any:
    """For compiled functions: a pointer to what lies at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(address), codegen


@intrinsic  # type: ignore[untyped-decorator]  # numba has no types
def word(_: Any, address: Any) -> Any:
    """For compiled functions: the eight bytes at an address, as a number little end first."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        return builder.load(place, align=1)

    return types.uint64(address), codegen


@intrinsic  # type: ignore[untyped-decorator]  # numba has no types
def fetch_ahead(_: Any, address: Any) -> Any:
    """For compiled functions: have what lies at an address come near while the loop goes on."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        prefetch(builder, builder.inttoptr(arguments[0], cgutils.voidptr_t))
        return context.get_dummy_value()

    return types.void(address), codegen


def prefetch(builder: Any, place: Any) -> None:
    """For intrinsics: have the processor fetch what a pointer points at."""
    flags = [ir.Constant(ir.IntType(32), flag) for flag in (0, 3, 1)]  # to read, and to keep
    kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, *(flag.type for flag in flags)])
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
    builder.call(function, [place, *flags])


def reading(array: npt.NDArray[T]) -> npt.NDArray[T]:
    """A view of `array` that nobody writes through: for numba another type than one to write.

    A function that is handed arrays of polars and of numpy alike is compiled once by this.
    """
    view = array.view()
    view.flags.writeable = False
    return view
