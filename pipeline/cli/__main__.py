"""The entry of `pulse`, also as `python -m pipeline.cli`."""

import sys


def main() -> None:
    """Run `pulse`; Ctrl-C ends it without a traceback, from the first import on."""
    try:
        from pipeline.cli.main import main as run  # noqa: PLC0415

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
