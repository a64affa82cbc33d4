"""What is wrong with a file, for whoever reads one: counted and told in lines; and what no file may exceed."""

from __future__ import annotations

from collections import Counter

MAX_JOINTS = 1_000  # the whole body with its face has 133; with more, labels of something else are meant
LARGEST = 1e9  # pixels: what lies beyond is no coordinate, whoever wrote it
EXAMPLES = 3  # how many of each kind of problem are named


class Problems:
    """Counts what is wrong, kind by kind, and keeps the first examples of each."""

    def __init__(self) -> None:
        self._count: Counter[str] = Counter()
        self._examples: dict[str, list[str]] = {}

    def add(self, kind: str, example: object) -> None:
        kind = _printable(kind)
        self._count[kind] += 1
        examples = self._examples.setdefault(kind, [])
        if len(examples) < EXAMPLES:
            examples.append(_printable(str(example)))

    def lines(self) -> tuple[str, ...]:
        return tuple(
            f"{count} x {kind}, for example {', '.join(self._examples[kind])}" for kind, count in self._count.items()
        )


def _printable(text: str) -> str:
    """Names in files may hold anything; a message is one line."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
