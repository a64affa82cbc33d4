"""A file is whole or as it was."""

import os

import pytest

from hrnet.files import LEFT, replacing


@pytest.mark.parametrize("lasting", [False, True])
def test_a_replaced_file_is_whole_or_as_it_was(tmp_path, lasting):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), replacing(target, lasting=lasting) as part:
        part.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old" and list(tmp_path.iterdir()) == [target]
    with replacing(target, lasting=lasting) as part:
        part.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new" and list(tmp_path.iterdir()) == [target]


def test_what_is_left_by_a_killed_process_is_known_by_its_name(tmp_path):
    with replacing(tmp_path / "a.jpg") as part:
        part.touch()
        assert list(tmp_path.glob(LEFT)) == [part] and part.suffix == ".jpg"


def test_two_at_once_do_not_meet(tmp_path):
    with replacing(tmp_path / "a") as one, replacing(tmp_path / "a") as other:
        one.write_text("one")
        other.write_text("other")
    assert (tmp_path / "a").read_text() == "one" and os.listdir(tmp_path) == ["a"]  # the outer one ends last


def test_a_folder_that_is_missing_is_the_error_of_the_disk(tmp_path):
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "none" / "a") as part:
        part.write_text("a")
