import time
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from made_people import made_set
from PIL import Image

from hrnet import image
from hrnet.data import LabeledPerson, PhotoFile, PoseSet, check
from hrnet.data.checking import examine, size_of, sized
from hrnet.geometry import Box
from hrnet.image import ImageError
from hrnet.skeleton import COCO_17, Skeleton

PUPPET = Skeleton.of(["nose", "left_hand", "right_hand"], name="puppet")
POINTS = np.array([[5, 6, 2], [7, 8, 1], [0, 0, 0]], np.float32)


def person(key, photo=0, box=(5, 5, 20, 30), points=POINTS, **more):
    return LabeledPerson(key, photo, Box(*box), np.float32(points), np.float32(np.array(points)[:, 2] > 0), **more)


def photo(folder, key, split="", size=(60, 80), name=None, level=None):
    path = folder / (name or f"{key}.png")
    path.parent.mkdir(exist_ok=True)
    pixels = np.random.default_rng(key if level is None else level).integers(0, 255, (60, 80, 3), np.uint8)
    image.write(path, pixels)
    return PhotoFile(key, path, size=size, split=split)


def poses(photos, *persons, problems=()):
    return PoseSet(PUPPET, tuple(photos), persons or (person(1),), problems)


def test_a_good_set_has_nothing_to_tell(tmp_path):
    assert check(made_set(tmp_path, [(1, "a", "train", 2), (2, "a", "val", 1)]), deep=True) == ()


def test_missing_damaged_and_differing_photos_are_counted_with_the_first_examples(tmp_path):
    photos = [photo(tmp_path, key) for key in range(1, 9)]
    for one in photos[:4]:
        one.path.unlink()
    photos[4].path.write_bytes(b"no picture")
    photos[5].path.write_bytes(b"")
    photos[6] = replace(photos[6], size=(80, 60))
    found = examine(poses(photos, person(1, 7), problems=("1 x told before",)))
    assert found.wrong == (
        "1 x told before",
        "4 x photo that is missing, for example 1.png, 2.png, 3.png",
        "2 x photo that cannot be read, for example 5.png (it is no picture, cut off or damaged), "
        "6.png (it is no picture, cut off or damaged)",
        "1 x photo whose size (width x height) is not that of its labels, for example 7.png (80 x 60, labels: 60 x 80)",
    )
    assert found.remarks == () and found.usable


def test_damage_behind_the_header_is_found_by_a_deep_look_only(tmp_path):
    one = photo(tmp_path, 1)
    one.path.write_bytes(one.path.read_bytes()[:6000])
    assert check(poses([one])) == ()
    (line,) = check(poses([one]), deep=True)
    assert line.startswith("1 x photo that cannot be read, for example 1.png (") and "cut off or damaged" in line
    assert not examine(poses([one]), deep=True).usable


def test_archives_that_are_missing_or_do_not_hold_a_photo(tmp_path):
    labeled = made_set(tmp_path, [(1, "a", "train", 1), (2, "b", "train", 1)])
    (tmp_path / "a.zip").unlink()
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("other.png", b"")
    missing, unread = check(labeled)
    assert missing == "1 x photo whose archive is missing, for example 00001.png"
    assert unread.startswith("1 x photo that cannot be read, for example 00002.png (b.zip does not give 00002.png: ")


def test_photos_listed_twice_and_photos_in_two_splits_also_as_copies_under_other_names(tmp_path):
    one, other = photo(tmp_path, 1, "train"), photo(tmp_path, 2, "train")
    again, leaked = replace(one, id=3), replace(other, id=4, split="val")
    copy = photo(tmp_path, 5, "val", name="fifth.png", level=1)
    third, twin = photo(tmp_path, 6, "val"), photo(tmp_path, 7, "val", name="twin.png", level=6)
    assert check(poses([one, other, again, leaked, copy, third, twin])) == (
        "1 x photo file that is listed twice, for example 1.png",
        "2 x photo that is in two splits, for example 2.png (train, val), 1.png (train, val)",
        "1 x photo that is a copy of another, for example twin.png (of 6.png)",
    )


def test_boxes_and_joints_outside_and_people_without_labels(tmp_path):
    far = [[5, 6, 2], [90, 8, 2], [300, 0, 0]]  # 80 wide: up to 88 may be a guess; what is unlabeled lies anywhere
    people = (
        person(1),
        person(2, box=(81, 5, 10, 10)),
        person(3, box=(5, -20, 10, 20)),
        person(4, box=(70, 50, 20, 20)),
        person(5, box=(70, 50, 20, 20), uncut=True),
        person(6, box=(-1, 0, 82, 60)),
        person(7, points=far),
        person(8, points=[[87, 67, 2], [-7, -7, 1], [0, 0, 0]]),
        person(9, points=0 * POINTS),
        person(10, box=(200, 5, 10, 10), points=0 * POINTS, ignore=True),
    )
    found = examine(poses([photo(tmp_path, 1)], *people))
    assert found.wrong == (
        "2 x box outside of its photo, for example 2 in 1.png, 3 in 1.png",
        "1 x person with a joint far outside of the photo, for example 7 in 1.png (left_hand)",
    )
    assert found.remarks == (
        "1 x box partly outside of its photo, for example 4 in 1.png",
        "1 x person without a labeled joint, for example 9 in 1.png",
    )
    assert check(poses([photo(tmp_path, 1)], *people)) == found.wrong + found.remarks


def test_the_size_in_the_labels_counts_where_the_photo_is_missing(tmp_path):
    gone = PhotoFile(1, tmp_path / "gone.png", size=(60, 80))
    assert any("box outside" in line for line in check(poses([gone], person(1, box=(81, 5, 10, 10)))))
    assert not any("box" in line for line in check(poses([replace(gone, size=None)], person(1, box=(81, 5, 9, 9)))))


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif", "gif", "tiff", "bmp"])
def test_sizes_by_header_are_those_of_the_upright_photo(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    exif = Image.Exif()
    if kind in ("jpeg", "webp", "png"):
        exif[0x0112] = 6  # turned by a quarter
    pixels = np.random.default_rng(0).integers(0, 255, (40, 70, 3), np.uint8)
    Image.fromarray(pixels).save(path, **({"exif": exif} if len(exif) else {}))
    data = path.read_bytes()
    assert size_of(data, whole=True) == image.read(path).shape[:2]
    assert size_of(data[:4], whole=False) is None
    with pytest.raises(ImageError, match="no picture, cut off or damaged"):
        size_of(data[:12], whole=True)


def test_a_header_behind_a_large_block_of_exif_is_found(tmp_path):
    exif = Image.Exif()
    exif[0x010E] = "x" * 20_000
    path = tmp_path / "a.jpg"
    Image.fromarray(np.zeros((60, 80, 3), np.uint8)).save(path, exif=exif)
    assert check(poses([PhotoFile(1, path, size=(60, 80))])) == ()


def test_progress_counts_all_photos(tmp_path):
    told = []
    check(poses([PhotoFile(key, tmp_path / f"{key}.png") for key in range(600)]), progress=lambda *at: told.append(at))
    assert told == [(512, 600), (600, 600)]


@pytest.mark.slow
def test_labels_of_as_many_people_as_coco_has_take_seconds(tmp_path):
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.uniform(0, 480, (150_000, 17, 2)), np.full((150_000, 17, 1), 2)], axis=2)
    photos = tuple(PhotoFile(key, tmp_path / f"{key}.jpg", size=(480, 640)) for key in range(118_000))
    trust = np.ones(17, np.float32)
    people = tuple(
        LabeledPerson(key, key % 118_000, Box(1, 2, 30, 40), one, trust) for key, one in enumerate(np.float32(points))
    )
    started = time.process_time()
    (line,) = check(PoseSet(COCO_17, photos, people))
    assert line.startswith("118000 x photo that is missing") and time.process_time() - started < 30


def test_a_name_that_no_file_can_have_is_a_photo_that_cannot_be_read(tmp_path):
    (line,) = check(poses([PhotoFile(1, tmp_path / ("x" * 300))]))
    assert line.startswith("1 x photo that cannot be read") and "File name too long" in line


def test_sizes_that_labels_do_not_tell_are_read_from_the_photos(tmp_path):
    told, untold = photo(tmp_path, 1, size=(7, 7)), photo(tmp_path, 2, size=None)
    gone = PhotoFile(3, tmp_path / "gone.png")
    assert [one.size for one in sized(poses([told, untold, gone])).photos] == [(7, 7), (60, 80), None]
