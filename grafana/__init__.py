"""Boards as code: signals (what is watched), panels (how it looks), boards (what sits together).

Everything but `publish` is pure. The JSON in `boards/` is rendered, never edited.
"""
