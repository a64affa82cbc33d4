import numpy as np
import pytest

from hrnet import image
from hrnet.sets import lamp
from hrnet.sets.store import Sets


@pytest.fixture
def sets(tmp_path):
    return Sets(tmp_path / "sets")


def test_the_toy_set_is_a_set_like_any_other(sets):
    one = lamp.new(sets, count=5)
    assert sets.open(one.token).name == "desk lamps" and one.format == "drawn"
    assert one.skeleton.joints == ("base", "lower hinge", "upper hinge", "head", "left rim", "right rim")
    assert one.skeleton.flip_pairs == ((4, 5),) and len(one.skeleton.limbs) == 5
    assert [picture.name for picture in one.pictures.values()] == [f"lamp_{n:02d}.jpg" for n in range(1, 6)]


def test_some_pictures_wait_for_labels(sets):
    one = lamp.new(sets, count=5)
    labeled = [id for id in one.pictures if one.things(id)]
    assert labeled == [1, 2, 3, 5] and lamp.UNLABELED[0] == 4


def test_the_same_seed_makes_the_same_set(tmp_path):
    drawn = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        lamp.draw(folder, 3)
        drawn.append([path.read_bytes() for path in sorted(folder.iterdir())])
    assert drawn[0] == drawn[1]


@pytest.mark.slow
def test_the_faults_of_the_whole_set_are_where_the_note_says(tmp_path, monkeypatch):
    monkeypatch.setattr(lamp, "SIZE", (120, 160))
    poses = lamp.draw(tmp_path)
    assert len(poses.photos) == lamp.PICTURES and len(poses.samples) == lamp.PICTURES - len(lamp.UNLABELED)
    first, again = (image.read(poses.photos[n - 1].path) for n in lamp.SAME)
    np.testing.assert_array_equal(first, again)
    assert poses.photos[lamp.SAME[0] - 1].path.read_bytes() != poses.photos[lamp.SAME[1] - 1].path.read_bytes()
    turns = {}
    for sample in poses.samples:
        (head, left, right) = sample.keypoints[3:, :2]
        a, b = left - head, right - head
        turns[sample.photo + 1] = a[0] * b[1] - a[1] * b[0]
    # Seen from the head, the right rim follows clockwise in every picture in which the lamp shows its front.
    assert turns[lamp.SWAPPED] < 0 < np.median(list(turns.values()))


def test_stopping_it_leaves_no_set(sets):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lamp.new(sets, progress=stop)
    assert sets.listed(everything=True) == []


def test_a_set_without_pictures_is_refused(sets):
    with pytest.raises(ValueError, match="1 or more"):
        lamp.new(sets, count=0)
