"""Several labeled sets as one."""

import numpy as np
import pytest

from hrnet.data import LabeledPerson, PhotoFile, PoseSet
from hrnet.data.joined import joined
from hrnet.geometry import Box
from hrnet.skeleton import COCO_17, MPII_16


def some(tmp_path, ids, people, skeleton=COCO_17):
    photos = tuple(PhotoFile(i, tmp_path / f"{i}.jpg", size=(9, 9), source=f"set {ids}") for i in ids)
    blank = np.zeros((len(skeleton), 3), np.float32)
    samples = tuple(
        LabeledPerson(key, place, Box(0, 0, key, 1), blank, np.zeros(len(skeleton), np.float32))
        for key, place in people
    )
    return PoseSet(skeleton, photos, samples, (f"problem of {ids}",))


def test_persons_stay_with_their_photos_and_no_id_is_there_twice(tmp_path):
    one, two = some(tmp_path, [1, 2], [(1, 0), (2, 1)]), some(tmp_path, [2, 3], [(2, 1), (3, 0), (4, 1)])
    both = joined(one, two)
    assert [photo.source for photo in both.photos] == ["set [1, 2]"] * 2 + ["set [2, 3]"] * 2
    assert len({photo.id for photo in both.photos}) == 4
    assert len({person.id for person in both.samples}) == 5
    assert [person.photo for person in both.samples] == [0, 1, 3, 2, 3]
    assert [person.box.w for person in both.samples] == [1, 2, 2, 3, 4]
    assert both.problems == ("problem of [1, 2]", "problem of [2, 3]")


def test_ids_that_are_free_stay_as_they_are(tmp_path):
    both = joined(some(tmp_path, [1], [(5, 0)]), some(tmp_path, [9], [(7, 0)]))
    assert [photo.id for photo in both.photos] == [1, 9]
    assert [person.id for person in both.samples] == [5, 7]


def test_sets_of_other_joints_and_none_at_all_are_refused(tmp_path):
    with pytest.raises(ValueError, match="coco-17.*mpii-16"):
        joined(some(tmp_path, [1], []), some(tmp_path, [2], [], MPII_16))
    with pytest.raises(ValueError, match="no set"):
        joined()
