"""`python -m pipeline.cli` is `pulse`."""

from pipeline.cli.main import main

main()
