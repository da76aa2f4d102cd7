"""The way out: what a ready message is sent by, and what each kind of answer means."""
