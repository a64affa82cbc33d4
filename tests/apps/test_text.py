import json
import re
from pathlib import Path

import pytest

import apps
from apps import text
from hrnet.augment.presets import PRESETS
from lessons.toys import MIRROR

ROOT = Path(apps.__file__).parent
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def test_every_language_has_the_same_keys_and_placeholders():
    english = text.catalogue("en")
    for language in text.LANGUAGES:
        other = text.catalogue(language)
        assert list(other) == list(english)
        for key, line in english.items():
            assert sorted(PLACEHOLDER.findall(other[key])) == sorted(PLACEHOLDER.findall(line)), (language, key)
            assert other[key].strip() == other[key] != "" or other[key] == ", ", (language, key)  # what parts a list


def test_words_that_depend_on_a_count_stand_where_it_is_told():
    plural = re.compile(r"\{(\w+)\|([^|{}]+)\|([^|{}]+)\}")
    found = [(line, match) for line in text.catalogue("en").values() for match in plural.finditer(line)]
    assert found and all(f"{{{match[1]}}}" in line and match[2] != match[3] for line, match in found)
    for language in text.LANGUAGES:
        assert not any("|" in plural.sub("", line) for line in text.catalogue(language).values() if "{" in line)


def test_chinese_is_not_left_in_english():
    english, chinese = text.catalogue("en"), text.catalogue("zh")
    same = {key for key in english if english[key] == chinese[key]}
    names = {f"augment.preset.{name}" for name in PRESETS} | {"download.json", "download.coco"}
    names |= {f"lesson.formula.{name}" for name in MIRROR.controls["formula"].options}
    assert same - names == {"column.x", "column.y", "table.person", "augment.drawing"}


def sources() -> str:
    """All code that says something, of Python and of the browser."""
    return "\n".join(path.read_text() for suffix in ("py", "js") for path in sorted(ROOT.rglob(f"*.{suffix}")))


def used() -> set[str]:
    """Keys that stand in the code, and those that begin as the code begins to put keys together: `inside.${kind}`."""
    code = sources()
    words = set(re.findall(r'"([a-z_0-9]+(?:\.[a-z_0-9A-Z-]+)+|studio|classroom)"', code))
    begun = tuple(set(re.findall(r"[`\"']([a-z_]+\.(?:[a-z_0-9.]+)?)(?:\$\{|\{|[\"'] \+)", code)))
    return words | {key for key in text.catalogue("en") if key.startswith(begun)}


def test_every_key_of_the_catalogue_is_used():
    assert set(text.catalogue("en")) - used() == set()


def test_every_key_that_is_said_is_in_the_catalogue():
    said = set(re.findall(r'\b(?:say|button|WORDS)\("([^"$]+)"', sources()))
    assert len(said) > 30 and said - set(text.catalogue("en")) == set()


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="choose one of en, zh"):
        text.catalogue("xx")


def test_the_catalogues_are_written_one_line_for_each_string():
    for language in text.LANGUAGES:
        content = (text.FOLDER / f"{language}.json").read_text(encoding="utf-8")
        assert content == json.dumps(json.loads(content), ensure_ascii=False, indent=1) + "\n"
