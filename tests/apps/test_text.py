import json
import re
from pathlib import Path

import pytest

import apps
from apps import examples, text
from hrnet.skeleton import COCO_17

ROOT = Path(apps.__file__).parent
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def test_every_language_has_the_same_keys_and_placeholders():
    english = text.catalogue("en")
    for language in text.LANGUAGES:
        other = text.catalogue(language)
        assert list(other) == list(english)
        for key, line in english.items():
            assert sorted(PLACEHOLDER.findall(other[key])) == sorted(PLACEHOLDER.findall(line)), (language, key)
            assert other[key].strip() == other[key] != ""


def test_chinese_is_not_left_in_english():
    english, chinese = text.catalogue("en"), text.catalogue("zh")
    same = {key for key in english if english[key] == chinese[key]}
    assert same == {"column.x", "column.y", "download.json", "download.coco", "table.person"}


def used() -> set[str]:
    """Keys that stand in the code, and those that the code puts together."""
    sources = [*ROOT.rglob("*.py"), *(ROOT / "web").glob("*.js")]
    words = set(re.findall(r'"([a-z_]+(?:\.[a-z_]+)+|studio)"', "\n".join(path.read_text() for path in sources)))
    built = {f"joint.{joint}" for joint in COCO_17.joints}
    built |= {f"example.{name}" for name in (*examples.DRAWN, examples.HOPPER)}
    built |= {f"download.{kind}" for kind in ("picture", "json", "coco")}
    built |= {f"facts.{role}" for role in ("pose", "finder", "detector")}
    return words | built


def test_every_key_of_the_catalogue_is_used():
    assert set(text.catalogue("en")) - used() == set()


def test_every_key_that_is_said_is_in_the_catalogue():
    said = set()
    for path in (ROOT / "web").glob("*.js"):
        said |= set(re.findall(r'(?:say|button)\("([^"$]+)"', path.read_text()))
    said |= set(re.findall(r'WORDS\("([^"]+)"\)', (ROOT / "studio" / "photo.py").read_text()))
    assert len(said) > 30 and said - set(text.catalogue("en")) == set()


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="choose one of en, zh"):
        text.catalogue("xx")


def test_the_catalogues_are_written_one_line_for_each_string():
    for language in text.LANGUAGES:
        content = (text.FOLDER / f"{language}.json").read_text(encoding="utf-8")
        assert content == json.dumps(json.loads(content), ensure_ascii=False, indent=1) + "\n"
