"""Every page of the table, in both front ends: it opens, in both languages, on a phone and in the dark."""

from __future__ import annotations

import re

import pytest

from apps import pages
from apps.text import catalogue

pytestmark = [pytest.mark.browser, pytest.mark.both_fronts]
EN, ZH = catalogue("en"), catalogue("zh")
BEGINNINGS = "|".join(sorted({key.partition(".")[0] for key in EN if "." in key}))
# What the page says where the catalogue has nothing to say: the key. Names of files and of modules look alike.
KEY = re.compile(rf"(?<![\w./])(?:{BEGINNINGS})\.(?!py\b|md\b|js\b|json\b|png\b|jpg\b)[a-z_.0-9]+")


def keys_left(page) -> list[str]:
    """Keys of the catalogue that stand in the page, in place of words."""
    return KEY.findall(page.inner_text(".bench"))


@pytest.mark.parametrize("name", [page.name for page in pages.PAGES])
def test_a_page_opens_in_english_and_in_chinese_wide_and_on_a_phone(visitors, studio, front, name):
    text = next(page.text for page in pages.PAGES if page.name == name)
    for words, query, look in (
        (EN, "", {}),
        (ZH, "?lang=zh", {"width": 390, "height": 844, "color_scheme": "dark", "has_touch": True, "is_mobile": True}),
    ):
        page = visitors(studio, f"{front}/{name}{query}", **look)
        page.wait_for_selector(f".bench[data-bench={name}][data-mounted]")
        assert page.inner_text(".page-names a[aria-current]") == words[text]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
        assert page.inner_text(".bench").strip()
        assert keys_left(page) == []
