"""The command `pulse`, one file per command group."""
