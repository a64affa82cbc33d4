"""A labeled set of drawn people."""

import json

import numpy as np
import pytest

from hrnet.scenes import draw_scene, draw_set
from hrnet.skeleton import MPII_16

SMALL = (96, 128)


def test_the_set_holds_the_truth_of_every_scene(tmp_path):
    told = []
    poses = draw_set(tmp_path, 3, seed=4, size=SMALL, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)] and poses.problems == ()
    for number, places in enumerate(poses.by_photo):
        scene = draw_scene(np.random.default_rng([4, number]), SMALL)
        assert [poses.samples[place].box for place in places] == scene.boxes
        for place, keypoints in zip(places, scene.keypoints, strict=True):
            np.testing.assert_allclose(poses.samples[place].keypoints, keypoints, atol=0.005)
        difference = np.abs(poses.photos[number].read().astype(int) - scene.photo).mean()
        assert difference < 6  # a JPEG of the same picture


def test_a_set_that_is_there_is_read_and_not_drawn_again(tmp_path, monkeypatch):
    first = draw_set(tmp_path, 2, size=SMALL)
    monkeypatch.setattr("hrnet.scenes.labeled.draw_scene", None)
    second = draw_set(tmp_path, 2, size=SMALL)
    assert [p.box for p in second.samples] == [p.box for p in first.samples]


def test_a_folder_with_other_scenes_is_refused(tmp_path):
    draw_set(tmp_path, 1, size=SMALL)
    with pytest.raises(ValueError, match="other drawn scenes"):
        draw_set(tmp_path, 2, size=SMALL)


def test_a_drawing_that_was_interrupted_begins_again(tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw_set(tmp_path, 2, size=SMALL, progress=stop)
    assert len(draw_set(tmp_path, 2, size=SMALL).photos) == 2


def test_every_tenth_scene_is_for_validation_and_any_skeleton_will_do(tmp_path):
    poses = draw_set(tmp_path, 10, size=(48, 64), skeleton=MPII_16)
    assert [photo.split for photo in poses.photos] == ["train"] * 9 + ["val"]
    assert poses.skeleton.joints == MPII_16.joints
    assert json.loads((tmp_path / "labels.json").read_text())["drawn"]["count"] == 10
