"""Crops with a margin: built once, and as good as the photo wherever the view stays inside."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from made_people import STANDING

from hrnet import image
from hrnet.augment import HorizontalFlip, Rotation, Sample, Scale, Warp
from hrnet.data import LabeledPerson, PhotoFile, PoseSet
from hrnet.data.crops import MARGIN, PersonCrops
from hrnet.geometry import GRAY, OFFICIAL, UDP, Box
from hrnet.skeleton import COCO_17

SIZE = (64, 48)


def smooth(size, seed=0):
    """A photo without edges, so that ways of sampling agree."""
    nodes = [side // (size[0] // 4) + 2 for side in size]
    coarse = np.random.default_rng(seed).integers(0, 256, (*nodes, 3), np.uint8)
    return cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)


def person(number, photo, box, **more):
    joints = np.column_stack([STANDING * box.h + [box.x + box.w / 2, box.y], np.full(17, 2)]).astype(np.float32)
    return LabeledPerson(number, photo, box, joints, np.ones(17, np.float32), **more)


@pytest.fixture
def poses(tmp_path):
    """Two photos: a small person and one who is cut off, and a large one; out of the order of the photos."""
    files = []
    for number, size in enumerate([(120, 160), (520, 500)]):
        path = tmp_path / f"{number}.png"
        path.write_bytes(image.encode(smooth(size, number)))
        files.append(PhotoFile(number, path))
    people = [
        person(0, 1, Box(170, 120, 150, 280)),
        person(1, 0, Box(70, 40, 20, 38)),
        person(2, 0, Box(-10, 60, 40, 70)),
        person(3, 0, Box(20, 20, 30, 30), ignore=True),
    ]
    return PoseSet(COCO_17, tuple(files), tuple(people))


def sample(poses, number, stored=None, rule=OFFICIAL, **view):
    one = poses.samples[number]
    photo = poses.photos[one.photo].read() if stored is None else stored.pixels
    kept = None if stored is None else stored.affine
    return Sample(photo, COCO_17, SIZE, one.box, one.keypoints, one.confidence, rule, kept=kept, **view)


def both(poses, crops, number, **view):
    stored = crops.around(number, poses.samples[number])
    return [Warp().apply(sample(poses, number, kept, **view), None) for kept in (None, stored)]


def inside(view):
    """Which pixels of a view lie in the photo, and two pixels from its border."""
    sides = (520, 500) if view.photo.shape[0] > 120 else (120, 160)
    seen = view.affine.warp(np.full((*sides, 3), 255, np.uint8), SIZE)[..., 0]
    return cv2.erode(seen, np.ones((5, 5)), borderValue=255) == 255


VIEWS = [{}, {"mirrored": True, "rotation": 20.0}, {"scale": 1.2, "shift": (0.03, -0.02)}, {"rule": UDP, "scale": 0.7}]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("number", "levels"), [(0, 4), (1, 1), (2, 2)])
def test_a_view_out_of_a_crop_is_the_view_out_of_the_photo(poses, tmp_path, number, levels, view):
    crops = PersonCrops.of(poses, tmp_path / "cache", SIZE)
    photo, crop = both(poses, crops, number, **view)
    off = np.abs(photo.crop.astype(int) - crop.crop).max(axis=2)
    assert off[inside(photo)].max() <= levels
    # at the border of the photo a pixel blends into the gray outside, and pixels of large persons are larger
    assert np.median(off) <= 1 and inside(photo).mean() > 0.3 and photo.crop.std() > 10
    np.testing.assert_array_equal(photo.crop_keypoints, crop.crop_keypoints)


def test_a_small_person_is_kept_bit_by_bit_and_a_large_one_in_the_resolution_of_the_view(poses, tmp_path):
    crops = PersonCrops.of(poses, tmp_path / "cache", SIZE)
    small, large = (crops.around(number, poses.samples[number]) for number in (1, 0))
    np.testing.assert_array_equal(small.affine.matrix[:, :2], np.eye(2))
    x, y = (-small.affine.matrix[:, 2]).astype(int)
    height, width = small.pixels.shape[:2]
    np.testing.assert_array_equal(small.pixels, poses.photos[0].read()[y : y + height, x : x + width])
    assert large.pixels.shape[0] <= MARGIN * SIZE[0] + 1 < 520
    # the centers of pixels in photo and crop, and their edges, which lie half a pixel further out
    edge = large.affine.inverse().apply(np.array([[-0.5, -0.5]]))[0]
    np.testing.assert_allclose(edge + 0.5, np.round(edge + 0.5), atol=1e-9)


def test_the_world_outside_of_the_photo_has_the_gray_of_the_rule(poses, tmp_path):
    crops = PersonCrops.of(poses, tmp_path / "cache", SIZE)
    photo, crop = both(poses, crops, 2, rule=replace(OFFICIAL, fill=GRAY))
    assert (photo.crop[:, 0] == GRAY).all() and (crop.crop[:, 0] == GRAY).all()
    assert np.abs(photo.crop.astype(int) - crop.crop)[inside(photo)].max() <= 2


def test_crops_are_made_once_and_again_for_other_boxes_sizes_or_files(poses, tmp_path):
    calls = []

    def make(one, size=SIZE):
        PersonCrops.of(one, tmp_path / "cache", size, lambda done, total: calls.append((done, total)))
        return len(calls)

    assert make(poses) == make(poses) == 1 and calls == [(2, 2)]
    assert make(poses, (32, 32)) == 2
    moved = replace(poses.samples[1], box=Box(71, 40, 20, 38))
    assert make(replace(poses, samples=(poses.samples[0], moved, *poses.samples[2:]))) == 3
    poses.photos[0].path.write_bytes(image.encode(smooth((100, 160), 5)))
    assert make(poses) == 4


def test_everybody_in_a_broken_photo_is_none_and_the_file_is_named(poses, tmp_path):
    poses.photos[0].path.write_bytes(b"no picture")
    crops = PersonCrops.of(poses, tmp_path / "cache", SIZE)
    assert [crops.around(n, poses.samples[n]) is None for n in (0, 1, 2)] == [False, True, True]
    assert list(crops.broken) == [str(poses.photos[0].path)]
    again = PersonCrops.of(poses, tmp_path / "cache", SIZE)
    np.testing.assert_array_equal(again.around(0, poses.samples[0]).pixels, crops.around(0, poses.samples[0]).pixels)


def test_nobody_who_is_never_learned_takes_room_and_asking_for_them_is_a_mistake(poses, tmp_path):
    crops = PersonCrops.of(poses, tmp_path / "cache", SIZE)
    assert len(crops) == 3
    with pytest.raises(ValueError, match="person 3 is not among the crops"):
        crops.around(3, poses.samples[3])


def test_a_build_that_fails_leaves_nothing_that_could_be_opened(poses, tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        PersonCrops.of(poses, tmp_path / "cache", SIZE, stop)
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []
    assert len(PersonCrops.of(poses, tmp_path / "cache", SIZE)) == 3


def test_rotations_and_factors_of_the_published_recipe_mostly_stay_inside(poses, tmp_path):
    """How much of a view is filled although the photo has pixels there: less than a twentieth on average."""
    crops = PersonCrops.of(poses, tmp_path / "cache", SIZE)
    one = poses.samples[1]
    stored = crops.around(1, one)
    everywhere = np.full((120, 160, 3), 255, np.uint8)
    filled = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        view = sample(poses, 1)
        for step in (Scale(0.35), Rotation(45), HorizontalFlip()):
            view = step.apply(view, step.draw(rng, view))
        whole = view.affine.warp(everywhere, SIZE)
        part = (view.affine @ stored.affine.inverse()).warp(np.full_like(stored.pixels, 255), SIZE)
        filled.append(((whole > 0) & (part == 0)).mean())
    assert np.mean(filled) < 0.05 and np.median(filled) == 0
