"""Pure: windows, fold, fence, membership, live view."""
