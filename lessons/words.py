"""The texts of a lesson: one Markdown file per language, in which every heading names what stands beneath it.

    # Photo → box → crop           the title; beneath it, the goal in a sentence
    ## grow | The short side grows  the step "grow" and its title; beneath it, its text in paragraphs
    ### option.inside               a text of that step, here of an option

Inside a text, [the box](box) lights up the part "box" of the toy, `so` is code and **so** is strong; {off} is filled
in, {off:.1f} with one digit. `## code | ...` holds the texts of the coding exercise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

LANGUAGES = ("en", "zh")

# What a run of text can be: [words](part), `code`, **strong**.
RUNS = re.compile(r"\[(?P<lit>[^\]]+)\]\((?P<part>[\w-]+)\)|`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*")

Run = dict[str, str]  # "text", and maybe "part" or "style", which is "code" or "strong"


@cache
def texts(folder: Path, language: str) -> dict[str, str]:
    """Every text of the lesson in that folder, by key: "title", "goal", "grow.title", "grow.text", "grow.right".

    Raises:
        ValueError: there is no file of that language, or a heading in it stands twice or before the title.
    """
    if language not in LANGUAGES:
        raise ValueError(f"the lessons are in {', '.join(LANGUAGES)}; there is no {language!r:.20}")
    path, found, key, section = folder / f"{language}.md", {}, None, None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        marks, _, rest = line.partition(" ")
        if marks not in ("#", "##", "###"):
            if key is None and line.strip():
                raise ValueError(f"{path.name}, line {number}: text before the first heading")
            if key is not None:
                found[key] += f"{line}\n"
            continue
        if marks == "#":
            found["title"], key = rest.strip(), "goal"
        elif marks == "##":
            section, _, title = (part.strip() for part in rest.partition("|"))
            key = f"{section}.text"
            if f"{section}.title" in found:
                raise ValueError(f"{path.name}, line {number}: {section!r} stands twice")
            found[f"{section}.title"] = title
        else:
            key = f"{section}.{rest.strip()}"
        if key in found or section is None and marks == "###":
            raise ValueError(f"{path.name}, line {number}: {line!r} stands twice, or before the first ##")
        found[key] = ""
    return {key: text.strip() for key, text in found.items()}


def paragraphs(text: str) -> list[list[Run]]:
    """A text as its paragraphs, each a list of runs."""
    return [list(_runs(" ".join(part.split("\n")))) for part in re.split(r"\n\s*\n", text) if part.strip()]


def parts(text: str) -> set[str]:
    """The parts of the toy that words of the text light up."""
    return {match["part"] for match in RUNS.finditer(text) if match["part"]}


def placeholders(text: str) -> set[str]:
    """What a text wants to have filled in."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def filled(text: str, values: Mapping[str, Any]) -> str:
    """The text with its placeholders filled."""
    return text.format_map(values) if "{" in text else text


def plain(text: str) -> str:
    """The text without its marks, for a terminal."""
    return RUNS.sub(lambda match: match["lit"] or match["code"] or match["strong"], " ".join(text.split()))


def _runs(text: str) -> Iterator[Run]:
    end = 0
    for match in RUNS.finditer(text):
        if match.start() > end:
            yield {"text": text[end : match.start()]}
        if match["part"]:
            yield {"text": match["lit"], "part": match["part"]}
        else:
            style = "code" if match["code"] else "strong"
            yield {"text": match[style], "style": style}
        end = match.end()
    if end < len(text):
        yield {"text": text[end:]}
