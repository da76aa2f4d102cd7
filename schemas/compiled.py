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
def byte_at(_: Any, address: Any) -> Any:
    """For compiled functions: the byte that lies at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(builder.inttoptr(arguments[0], ir.IntType(8).as_pointer()))

    return types.uint8(address), codegen


@intrinsic  # type: ignore[untyped-decorator]  # numba has no types
def word_at(_: Any, address: Any) -> Any:
    """For compiled functions: the eight bytes that lie at an address, the first lowest."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(builder.inttoptr(arguments[0], ir.IntType(64).as_pointer()), align=1)

    return types.uint64(address), codegen


@intrinsic  # type: ignore[untyped-decorator]  # numba has no types
def fetch_ahead(_: Any, address: Any) -> Any:
    """For compiled functions: have the processor fetch what lies at an address while it goes on.

    Else most of a look-up somewhere in memory is waiting.
    """

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.inttoptr(arguments[0], cgutils.voidptr_t)
        flags = [ir.Constant(ir.IntType(32), flag) for flag in (0, 3, 1)]  # to read, and to keep
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, *(flag.type for flag in flags)])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(prefetch, [place, *flags])
        return context.get_dummy_value()

    return types.void(address), codegen


@intrinsic  # type: ignore[untyped-decorator]  # numba has no types
def lowest_bit(_: Any, word: Any) -> Any:
    """For compiled functions: the place of the lowest bit that is set, of a word that is not 0."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), codegen


def reading(array: npt.NDArray[T]) -> npt.NDArray[T]:
    """A view of `array` that nobody writes through: for numba another type than one to write.

    A function that is handed arrays of polars and of numpy alike is compiled once by this.
    """
    view = array.view()
    view.flags.writeable = False
    return view
