"""What an operator does to a store: one file each, run by the process that may write to it."""
