"""Writes the example answers anew: `python -m tests.sinks.queries.write`, then look at the diff."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from sinks.question_library import FOLDER, questions
from tests.reference.stored import migrated_store
from tests.sinks.queries.answered import written_answer
from tests.sinks.queries.stored import store_community


def main() -> None:
    """Write every answer that has changed."""
    with tempfile.TemporaryDirectory() as folder, migrated_store(Path(folder)) as store:
        store_community(store)
        for question in questions():
            text = written_answer(store, question)
            path = FOLDER / f"{question.name}.csv"
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
                sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main()
