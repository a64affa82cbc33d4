"""Thirty visitors at once, on a real server with tiny weights."""

import asyncio

import pytest
from studio_server import Studio

from apps import rush

pytestmark = pytest.mark.slow


def test_thirty_who_come_at_once_all_see_where_they_stand_and_none_waits_for_one_with_many_questions(
    tmp_path, weights, capsys
):
    studio = Studio(tmp_path, weights)
    try:
        seen, many = asyncio.run(rush.rush(studio.url.removesuffix("/studio/"), rush.a_photo(320), 30, 20))
    finally:
        studio.stop()
    assert [one.error for one in (*seen, *many)] == [None] * 50
    assert all(one.places and one.places[-1] == 0 for one in seen)
    assert max(max(one.places) for one in seen) < 30 + 20
    assert max(one.answered for one in seen) < max(one.answered for one in many) + 1  # whose turns come in between
    print(rush.report(seen, many))
    assert "30 visitors, a photo each" in capsys.readouterr().out
