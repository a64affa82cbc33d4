import pytest

from lessons import words

TEXT = """# A title

The goal.

## first | The first step

Text with [a word](box), `code` and **strength**.

And a second paragraph.

### right

Yes, {off:.1f} off.
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "en.md").write_text(TEXT, encoding="utf-8")
    return tmp_path


def test_headings_name_what_stands_beneath_them(folder):
    assert words.texts(folder, "en") == {
        "title": "A title",
        "goal": "The goal.",
        "first.title": "The first step",
        "first.text": "Text with [a word](box), `code` and **strength**.\n\nAnd a second paragraph.",
        "first.right": "Yes, {off:.1f} off.",
    }


def test_paragraphs_are_made_of_runs(folder):
    first, second = words.paragraphs(words.texts(folder, "en")["first.text"])
    assert first == [
        {"text": "Text with "},
        {"text": "a word", "part": "box"},
        {"text": ", "},
        {"text": "code", "style": "code"},
        {"text": " and "},
        {"text": "strength", "style": "strong"},
        {"text": "."},
    ]
    assert second == [{"text": "And a second paragraph."}]


def test_markup_in_a_text_stays_text():
    assert words.paragraphs("<b>no</b>") == [[{"text": "<b>no</b>"}]]


def test_a_terminal_gets_the_words_without_their_marks():
    assert words.plain("Look at [the box](box) and `pad`\nand **this**.") == "Look at the box and pad and this."


def test_placeholders_are_filled():
    assert words.filled("Yes, {off:.1f} off.", {"off": 2.345}) == "Yes, 2.3 off."
    assert words.placeholders("{a} {b:.2f} c") == {"a", "b"}


@pytest.mark.parametrize("line", ["### right", "## first | Again"])
def test_a_heading_that_stands_twice_is_refused(tmp_path, line):
    (tmp_path / "en.md").write_text(f"{TEXT}\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="stands twice"):
        words.texts(tmp_path, "en")


def test_a_language_that_is_not_there_is_refused(folder):
    with pytest.raises(ValueError, match="the lessons are in en, zh"):
        words.texts(folder, "fr")
