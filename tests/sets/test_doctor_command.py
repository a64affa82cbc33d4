import json
from dataclasses import replace

import pytest
from made_faults import drawn

from hrnet.__main__ import main
from hrnet.data import to_coco


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faulty")
    poses = drawn(folder)
    for split in ("train", "val"):
        part = poses.only(lambda photo, split=split: photo.split == split)
        (folder / f"{split}.json").write_text(json.dumps(to_coco(part, folder)))
    return folder


def told(capsys, *arguments):
    code = main(["check", *map(str, arguments)])
    return code, capsys.readouterr().out.splitlines()


def test_the_terminal_tells_what_the_page_tells(faulty, capsys):
    code, lines = told(capsys, faulty)
    assert code == 0  # what is in doubt does not change it
    assert lines[1:] == [
        "doubt: 1 x joints outside: tail in beast_09.jpg: outside by up to 31 pixels",
        "doubt: 1 x left and right swapped: earL, earR in beast_05.jpg: left and right do not go with its other joints",
    ]


def test_a_deep_look_finds_the_picture_on_both_sides_though_its_format_differs(faulty, capsys):
    code, lines = told(capsys, faulty, "--deep")
    assert code == 1
    assert (
        "wrong: 1 x the same picture to learn and to test: beast_02.jpg (train) is the same as beast_20.bmp (val)"
        in lines
    )


def test_a_picture_that_is_the_same_file_is_not_told_twice(faulty, capsys, tmp_path):
    poses = drawn(tmp_path, faults=False)
    first, second = poses.photos[0].path, poses.photos[1].path
    second.write_bytes(first.read_bytes())
    (tmp_path / "labels.json").write_text(json.dumps(to_coco(replace(poses), tmp_path)))
    _, lines = told(capsys, tmp_path, "--deep")
    assert [line for line in lines if "beast_01" in line] == [
        "wrong: 1 x photo that is a copy of another, for example beast_01.jpg (of beast_00.jpg)"
    ]
