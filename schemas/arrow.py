"""A frame's own memory: the address of its Arrow arrays, as the Arrow C Data Interface has them."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

_WORDS_OF_AN_ARRAY = 10
_WORDS_OF_A_STREAM = 5
_GET_NEXT = 1
_RELEASE_ARRAY = 8

_address_in = ctypes.pythonapi.PyCapsule_GetPointer
_address_in.restype = ctypes.c_void_p
_address_in.argtypes = [ctypes.py_object, ctypes.c_char_p]
_next_of = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_release = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)


@contextmanager
def arrays(frame: pl.DataFrame) -> Iterator[int]:
    """The address of the struct ArrowArray whose children are the frame's columns.

    It holds for this context. The frame has a row at least. Text comes as string views, a list
    with 64-bit offsets, nothing is copied.
    """
    capsule = frame.rechunk().__arrow_c_stream__()
    stream = _address_in(capsule, b"arrow_array_stream")
    functions = (ctypes.c_void_p * _WORDS_OF_A_STREAM).from_address(stream)
    array = (ctypes.c_void_p * _WORDS_OF_AN_ARRAY)()
    address = ctypes.addressof(array)
    if _next_of(functions[_GET_NEXT] or 0)(stream, address):
        raise MemoryError("Arrow gives no array of the frame")
    try:
        yield address
    finally:
        _release(array[_RELEASE_ARRAY] or 0)(address)
