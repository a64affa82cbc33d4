"""The process in which a learner's function runs: python -m lessons.child, asked by lessons.grading and nobody else.

Reads one question from stdin, and writes one line of JSON per call to stdout. What the learner prints goes to stderr.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path

MEMORY = 4_000_000_000  # bytes of addresses, of which numpy alone takes some hundred million


def main() -> None:
    asked = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # a learner's print must not end up among the answers
    limit(asked["seconds"])
    from lessons.grading import decode, encode  # after the limit: this imports numpy

    file = Path(asked["file"])

    def tell(**line: object) -> None:
        answers.write(json.dumps(line) + "\n")
        answers.flush()

    try:
        function = load(file, asked["function"])
    except Exception as error:
        tell(broken=described(error, file))
        return
    for arguments in asked["calls"]:
        try:
            value = encode(function(*decode(arguments)))
        except Exception as error:
            tell(raised=type(error).__name__, where=described(error, file))
        else:
            tell(value=value)


def limit(seconds: int) -> None:
    """No more memory than MEMORY and no longer computing than that, where the system can be told so."""
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limits, and a stricter one may stand already
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def load(file: Path, name: str):
    """Raises whatever the file raises, and AttributeError where it has no such function."""
    spec = importlib.util.spec_from_file_location("exercise", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


def described(error: Exception, file: Path) -> str:
    """The error in a line, with the line of the learner's file that it came from."""
    if isinstance(error, SyntaxError):
        return f"{file.name}, line {error.lineno}: {error.msg}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == file]
    place = f"{file.name}, line {lines[-1]}: " if lines else ""
    return f"{place}{type(error).__name__}: {error}"


if __name__ == "__main__":
    main()
