"""Pure: windows, fold, fence, membership, live view. Plain values and `now` in, plain values out."""
