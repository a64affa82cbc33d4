from dataclasses import replace

import cv2
import numpy as np
import pytest
from made_beasts import SIZE, beasts

from hrnet import image
from hrnet.data import PhotoFile, PoseSet
from hrnet.sets.doctor import Spot, beside_check, examine
from hrnet.sets.doctor.pictures import Look, look, looks, repeated, unusable


def scene(seed: int) -> np.ndarray:
    """Large soft blots: what a photo is to a gray picture of 32 x 32."""
    small = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    return cv2.resize(small, SIZE[::-1], interpolation=cv2.INTER_CUBIC)


def drawn(folder, pictures: list[np.ndarray], splits: str = "") -> PoseSet:
    """A set with a beast in each of these pictures."""
    poses = beasts(len(pictures))
    photos = []
    for n, pixels in enumerate(pictures):
        path = folder / f"{n}.png"
        image.write(path, pixels)
        split = {"t": "train", "v": "val"}[splits[n]] if splits else ""
        photos.append(PhotoFile(n, path, size=SIZE, split=split))
    return replace(poses, photos=tuple(photos))


def test_missing_broken_and_resized_pictures_are_told(tmp_path):
    poses = drawn(tmp_path, [scene(n) for n in range(4)])
    poses.photos[0].path.unlink()
    content = poses.photos[1].path.read_bytes()
    poses.photos[1].path.write_bytes(content[: len(content) // 2])
    image.write(poses.photos[2].path, scene(2)[:240])
    found = unusable(poses, looks(poses.photos))
    assert [(one.kind, one.spots) for one in found] == [
        ("missing", (Spot(0),)),
        ("broken", (Spot(1),)),
        ("resized", (Spot(2),)),
    ]
    assert found[2].line == "2.png is 640 x 240 pixels, its labels were made for 640 x 480"


def test_a_copy_is_found_in_another_format_and_the_one_with_fewer_labels_is_spared(tmp_path):
    poses = drawn(tmp_path, [scene(1), scene(2), scene(1)])
    path = tmp_path / "0.bmp"
    cv2.imwrite(str(path), scene(1)[..., ::-1])
    poses = replace(poses, photos=(PhotoFile(0, path, size=SIZE), *poses.photos[1:]), samples=poses.samples[1:])
    assert [(one.kind, one.spots) for one in repeated(poses, looks(poses.photos))] == [("copy", (Spot(0), Spot(2)))]


def test_the_same_picture_encoded_again_or_made_smaller_is_nearly_the_same(tmp_path):
    coded = cv2.imdecode(cv2.imencode(".jpg", scene(1)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 50])[1], 1)[..., ::-1]
    small = cv2.resize(scene(2), (320, 240), interpolation=cv2.INTER_AREA)
    poses = drawn(tmp_path, [scene(1), scene(2), coded, small])
    found = repeated(replace(poses, samples=()), looks(poses.photos))
    assert [(one.kind, one.spots) for one in found] == [
        ("similar", (Spot(2), Spot(0))),
        ("similar", (Spot(3), Spot(1))),
    ]


def test_frames_of_a_still_camera_are_only_alike_where_the_joints_are(tmp_path):
    brighter = np.clip(scene(1).astype(int) + 8, 0, 255).astype(np.uint8)
    poses = drawn(tmp_path, [scene(1), brighter])
    assert repeated(poses, looks(poses.photos)) == []
    there = replace(poses.samples[1], keypoints=poses.samples[0].keypoints + np.float32([2, 2, 0]))
    poses = replace(poses, samples=(poses.samples[0], there))
    assert [one.kind for one in repeated(poses, looks(poses.photos))] == ["similar"]


@pytest.mark.parametrize("splits, first", [("tv", 0), ("vt", 1)])
def test_a_picture_on_both_sides_is_taken_from_those_to_learn_from(tmp_path, splits, first):
    poses = drawn(tmp_path, [scene(1), scene(1)], splits)
    (one,) = repeated(poses, looks(poses.photos))
    assert (one.kind, one.severity, one.spots[0]) == ("copy_across", "wrong", Spot(first))


def test_a_source_on_both_sides_is_told_with_the_smaller_part_to_be_moved(tmp_path):
    poses = drawn(tmp_path, [scene(n) for n in range(6)], "tttvtv")
    sources = ("a", "a", "a", "a", "b", "c")
    photos = tuple(replace(p, source=source) for p, source in zip(poses.photos, sources, strict=True))
    found = [one for one in examine(replace(poses, photos=photos)) if one.kind == "source_across"]
    assert [one.spots for one in found] == [(Spot(3),)]
    assert found[0].line == "pictures of a val: 1, train: 3"


def test_one_source_alone_is_a_note_and_no_leak(tmp_path):
    poses = drawn(tmp_path, [scene(n) for n in range(4)], "tttv")
    photos = tuple(replace(photo, source="clip") for photo in poses.photos)
    kinds = {one.kind for one in examine(replace(poses, photos=photos))}
    assert "one_source" in kinds and "source_across" not in kinds


def test_several_things_are_matched_whatever_their_order(tmp_path):
    poses = drawn(tmp_path, [scene(1), np.clip(scene(1).astype(int) + 8, 0, 255).astype(np.uint8)])
    here, there = (replace(poses.samples[0], id=n, photo=0) for n in (1, 2))
    there = replace(there, keypoints=there.keypoints + np.float32([150, 0, 0]))
    others = [replace(one, photo=1, keypoints=one.keypoints + np.float32([1, 1, 0])) for one in (there, here)]
    poses = replace(poses, samples=(here, there, *others))
    assert [one.kind for one in repeated(poses, looks(poses.photos))] == ["similar"]
    apart = replace(others[0], keypoints=others[0].keypoints + np.float32([40, 0, 0]))
    poses = replace(poses, samples=(here, there, apart, others[1]))
    assert repeated(poses, looks(poses.photos)) == []


def test_each_of_many_frames_that_look_the_same_is_told_once(tmp_path):
    poses = beasts(300)
    seen = [
        Look(size=SIZE, gray=np.full((32, 32), 100 + n % 2, np.uint8), digest=bytes([n % 256, n // 256]))
        for n in range(300)
    ]
    still = replace(poses, photos=tuple(replace(photo, split="") for photo in poses.photos), samples=())
    assert sorted(one.spots[0].photo for one in repeated(still, seen)) == [*range(1, 300)]


def test_a_file_that_changed_is_looked_at_again(tmp_path):
    poses = drawn(tmp_path, [scene(1)])
    before = look(poses.photos[0])
    assert look(poses.photos[0]) is before
    image.write(poses.photos[0].path, scene(2)[:400])
    assert look(poses.photos[0]).size == (400, 640)


def test_progress_hears_the_share_and_can_stop_it(tmp_path):
    poses = drawn(tmp_path, [scene(n)[:48, :64] for n in range(40)])
    heard = []

    def stop(share):
        heard.append(share)
        if share > 0.5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        examine(poses, progress=stop)
    assert heard == [16 / 40, 32 / 40]


def test_the_terminal_does_not_tell_twice_what_its_check_tells(tmp_path):
    poses = drawn(tmp_path, [scene(1), scene(1), scene(2)])
    poses.photos[2].path.unlink()
    assert [one.kind for one in beside_check(poses, deep=True)] == ["few"]
    assert {"copy", "missing"} < {one.kind for one in examine(poses)}
