import numpy as np
import pytest
from made_people import made_set

from hrnet.data.cache import PhotoCache
from hrnet.data.sampler import Mixture
from hrnet.spec import W8
from hrnet.training.finder import FinderTask
from hrnet.weights.checkpoint import Metadata


@pytest.fixture
def task(tmp_path):
    poses = made_set(tmp_path / "set", [(i, "everyday", "train", 1 + i % 3) for i in range(6)])
    photos = PhotoCache.of(poses.photos, tmp_path / "cache")
    metadata = Metadata(role="finder", spec=W8, input_size=(64, 64), decoder="center")
    mixture = Mixture([range(6)], [1.0], 6, seed=2)
    return FinderTask(poses, photos, mixture, 6, metadata, judge=(poses, photos), precise=(poses, photos))


@pytest.mark.parametrize("ranks", [2, 3, 6])
def test_processes_see_the_rows_of_the_whole_batch_between_them(task, ranks):
    whole = task.batch(4)
    for rank in range(ranks):
        part = task.batch(4, rank, ranks)
        np.testing.assert_array_equal(part.pixels, whole.pixels[rank::ranks])
        np.testing.assert_array_equal(part.background, whole.background[rank::ranks])
        most = part.boxes.shape[1]  # as many places as the fullest photo of these rows needs
        np.testing.assert_array_equal(part.boxes, whole.boxes[rank::ranks, :most])
        np.testing.assert_array_equal(part.kind, whole.kind[rank::ranks, :most])
        assert not whole.kind[rank::ranks, most:].any()


def test_photos_that_cannot_be_read_are_what_it_skips(task):
    task.photos.broken["a.jpg"] = "cut short"
    assert task.skipped == {"a.jpg": "cut short"}
