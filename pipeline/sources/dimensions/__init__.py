"""Reference data from files: read as text, judged row by row and as a whole, all faults at once."""
