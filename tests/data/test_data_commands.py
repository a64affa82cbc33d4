import gzip
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from made_people import made_set

from hrnet.__main__ import main
from hrnet.data import read


def test_check_tells_what_is_wrong_and_how_bad_it_is_by_its_exit_code(tmp_path, capsys):
    made_set(tmp_path / "set", [(1, "a", "train", 1), (2, "b", "val", 2)])
    assert main(["check", str(tmp_path / "set"), "--deep"]) == 0
    said = capsys.readouterr().out
    assert "2 photos, 3 persons, 3 with labeled joints; coco-17, 17 joints; splits: train, val" in said
    (tmp_path / "set" / "b.zip").unlink()
    assert main(["check", str(tmp_path / "set")]) == 1
    assert "wrong: 1 x photo whose archive is missing, for example 00002.png" in capsys.readouterr().out
    assert main(["check", str(tmp_path / "set"), "--split", "train"]) == 0
    assert main(["check", str(tmp_path / "set"), "--split", "val"]) == 2
    assert "nothing can be used" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["check"], ["convert", "--to", "coco.json"]])
def test_what_is_no_set_is_one_line_and_exit_code_2(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    assert main([*command, "nowhere"]) == 2
    assert capsys.readouterr().err == f"{command[0]}: there is no nowhere; check the path\n"
    assert not list(tmp_path.iterdir())


def test_convert_writes_a_set_that_is_read_back_with_its_photos(tmp_path, capsys):
    poses = made_set(tmp_path / "set", [(1, "a", "train", 1), (2, "b", "val", 2)])
    out = tmp_path / "other" / "coco.json"
    assert main(["convert", str(tmp_path / "set"), "--to", str(out), "--split", "val"]) == 0
    assert "1 photos, 2 persons, 17 joints" in capsys.readouterr().out
    again = read(out)
    assert again.problems == () and [one.split for one in again.photos] == ["val"]
    np.testing.assert_array_equal(again.photos[0].read(), poses.photos[1].read())
    np.testing.assert_allclose(again.samples[1].keypoints, poses.samples[2].keypoints)
    assert [file.name for file in out.parent.iterdir()] == ["coco.json"]


def test_convert_packs_by_the_name_and_writes_over_nothing_that_is_a_folder(tmp_path, capsys):
    made_set(tmp_path / "set", [(1, "a", "train", 1)])
    assert main(["convert", str(tmp_path / "set"), "--to", str(tmp_path / "coco.json.gz")]) == 0
    assert len(json.loads(gzip.decompress((tmp_path / "coco.json.gz").read_bytes()))["annotations"]) == 1
    for taken, why in ((tmp_path, "Is a directory"), (tmp_path / "set", "is what is to be converted")):
        assert main(["convert", str(tmp_path / "set"), "--to", str(taken)]) == 2
        said = capsys.readouterr().err
        assert said.startswith("convert: ") and why in said
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]


def test_mpii_converts_to_coco_with_what_was_left_out_told(tmp_path, capsys):
    person = {"image": "a.jpg", "center": [40, 30], "scale": 0.2, "joints": [[5, 5]] * 16, "joints_vis": [1] * 16}
    (tmp_path / "valid.json").write_text(json.dumps([person, {**person, "center": [-1, -1]}]))
    assert main(["convert", str(tmp_path / "valid.json"), "--to", str(tmp_path / "coco.json")]) == 1
    assert "wrong: 1 x person without a center" in capsys.readouterr().err
    (one,) = read(tmp_path / "coco.json").samples
    assert one.box.center == pytest.approx((39, 32)) and one.uncut


@pytest.mark.slow
def test_neither_command_imports_torch(tmp_path):
    made_set(tmp_path, [(1, "a", "train", 1)])
    script = (
        "import sys; from hrnet.__main__ import main; "
        f"assert main(['check', {str(tmp_path)!r}]) == 0 == main(['convert', {str(tmp_path)!r}, '--to', 'coco.json']); "
        "assert not {'torch', 'scipy'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path, env=dict(os.environ))
