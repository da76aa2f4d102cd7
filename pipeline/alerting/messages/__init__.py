"""Pure: what a group of alerts is told as, in each language and for each place people read."""
