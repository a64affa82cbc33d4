"""Every string a person reads, by key, in each language.

Pages fill the {placeholders}; {count|picture|pictures} is the word for one of them, or for any other count.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "zh")


@cache
def catalogue(language: str) -> dict[str, str]:
    """The strings of a language.

    Raises:
        ValueError: there is no catalogue of that language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"there is no catalogue for {language!r}; choose one of {', '.join(LANGUAGES)}")
    return json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
