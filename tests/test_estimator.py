import subprocess
import sys

import numpy as np
import pytest

import hrnet
from hrnet import COCO_17, UDP, Box, Person
from hrnet.estimator import PIXELS_AT_ONCE, Ask, Estimator
from hrnet.spec import W8
from hrnet.topdown import TopDown
from hrnet.weights import Metadata

META = Metadata(role="pose", spec=W8, skeleton=COCO_17, input_size=(64, 64), rule=UDP, decoder="argmax")


def brightest(crops):
    """A network that puts every joint where the crop is brightest, so the answer is known from the photo."""
    gray = crops.astype(np.float32).sum(axis=-1)[:, 2::4, 2::4] / 765
    return np.repeat(gray[:, None], 17, axis=1)


class LeftAndRight:
    """A finder that sees one person in each half of any photo, the right one better."""

    threshold = 0.5

    def __call__(self, photos, threshold=None):
        sizes = [photo.shape[:2] for photo in photos]
        return [[Box(w / 2, 0, w / 2, h, 0.9), Box(0, 0, w / 2, h, 0.6)] for h, w in sizes]


@pytest.fixture
def estimator():
    return Estimator(TopDown(brightest, META), LeftAndRight())


def photo_with_spots(*spots, size=(120, 200)):
    photo = np.zeros((*size, 3), np.uint8)
    for x, y in spots:
        photo[y - 4 : y + 5, x - 4 : x + 5] = 255
    return photo


def test_people_come_by_score_with_keypoints_in_photo_pixels(estimator):
    people = estimator(photo_with_spots((30, 60), (150, 80)))
    assert [person.score for person in people] == sorted((person.score for person in people), reverse=True)
    for person, spot in zip(sorted(people, key=lambda person: person.box.x), ((30, 60), (150, 80)), strict=True):
        np.testing.assert_allclose(person.keypoints[:, :2], [spot] * 17, atol=5)
        assert person.score == pytest.approx(person.box.score * person.keypoints[0, 2])


def test_given_boxes_give_one_person_each_in_order_with_box_score_1_and_no_clipping(estimator):
    boxes = np.array([[0, 0, 100, 120], [100, 0, 100, 120], [0, 0, 100, 120], [-50, -20, 400, 300]])
    people = estimator(photo_with_spots((30, 60), (150, 80)), boxes)
    np.testing.assert_array_equal([person.box.xywh for person in people], boxes)
    assert [person.box.score for person in people] == [1, 1, 1, 1]
    np.testing.assert_array_equal(people[0].keypoints, people[2].keypoints)


def test_no_boxes_give_nobody(estimator):
    assert estimator(photo_with_spots((30, 60)), np.empty((0, 4))) == []


@pytest.mark.parametrize(
    ("boxes", "says"),
    [
        ([[300, 10, 20, 20]], r"box 1, .* outside of the photo of 200x120"),
        ([[0, 0, 50, 50], [-30, 0, 30, 40]], "box 2"),
        ([[0, 0, 0, 10]], "above 0"),
        ([[0, 0, 10]], r"\(N, 4\)"),
        ([[0, 0, float("nan"), 10]], "above 0"),
    ],
)
def test_impossible_boxes_are_refused_in_one_line(estimator, boxes, says):
    with pytest.raises(ValueError, match=says) as caught:
        estimator(photo_with_spots((30, 60)), boxes)
    assert "\n" not in str(caught.value)


def test_without_a_finder_boxes_must_be_named():
    blind = Estimator(TopDown(brightest, META), None)
    with pytest.raises(ValueError, match="no person finder.* name a box"):
        blind(photo_with_spots((30, 60)))
    assert len(blind(photo_with_spots((30, 60)), [[0, 0, 200, 120]])) == 1


def test_many_keeps_the_order_across_batches_and_equals_one_at_a_time(estimator, monkeypatch):
    monkeypatch.setattr("hrnet.estimator.PIXELS_AT_ONCE", 2 * 120 * 200)
    photos = [photo_with_spots((20 + 7 * i, 60), (120 + 5 * i, 40)) for i in range(5)]
    for together, alone in zip(estimator.many(photos), map(estimator, photos), strict=True):
        for a, b in zip(together, alone, strict=True):
            np.testing.assert_array_equal(a.keypoints, b.keypoints)
    assert PIXELS_AT_ONCE * 3 <= 64e6  # bytes that wait in memory


def test_people_that_repeat_each_other_are_shown_once():
    class Twice(LeftAndRight):
        def __call__(self, photos, threshold=None):
            return [[Box(0, 0, 100, 120, 0.9), Box(1, 0, 100, 120, 0.8)] for _ in photos]

    assert len(Estimator(TopDown(brightest, META), Twice())(photo_with_spots((30, 60)))) == 1


def test_a_persons_dict_is_what_predict_writes():
    keypoints = np.arange(51, dtype=np.float32).reshape(17, 3)
    values = Person(Box(1, 2, 3, 4), keypoints, 0.5).to_dict()
    assert values["box"] == [1, 2, 3, 4] and values["score"] == 0.5 and "id" not in values
    assert values["keypoints"][16] == [48, 49, 50]


def test_importing_hrnet_and_predicting_on_a_cpu_never_import_torch():
    code = (
        "import sys, numpy, hrnet; assert 'torch' not in sys.modules and 'openvino' not in sys.modules;"
        "people = hrnet.load(finder=None, engine='openvino')(numpy.zeros((64, 64, 3), 'uint8'), [[0, 0, 64, 64]]);"
        "assert len(people) == 1 and people[0].keypoints.shape == (17, 3);"
        "assert 'torch' not in sys.modules, 'torch was imported'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_names_that_others_build_on_exist():
    assert hrnet.HRNet(W8, 3).joints == 3
    assert all(hasattr(hrnet, name) for name in hrnet.__all__)
    assert all(callable(f) for f in (hrnet.image.read, hrnet.weights.convert, hrnet.geometry.crop_affine))
    assert all(callable(f) for f in (hrnet.heatmap.encode, hrnet.heatmap.decode, hrnet.heatmap.flip_back))
    assert all(callable(f) for f in (hrnet.metrics.evaluate, hrnet.metrics.oks, hrnet.metrics.oks_nms))
    with pytest.raises(AttributeError, match="no attribute 'nobody'"):
        _ = hrnet.nobody


# Ask, batch and stream


def test_shared_batches_give_what_the_estimator_gives_one_by_one(estimator):
    photo = photo_with_spots((30, 60), (150, 80))
    given = [[10, 20, 100, 90], [100, 10, 60, 90]]
    found, placed, mirrored, nobody = estimator.batch(
        [Ask(photo), Ask(photo, given), Ask(photo[:, ::-1].copy()), Ask(photo, [])]
    )
    for answer, expected in (
        (found, estimator(photo)),
        (placed, estimator(photo, given)),
        (mirrored, estimator(photo[:, ::-1].copy())),
    ):
        assert [person.box for person in answer] == [person.box for person in expected] and len(answer) == 2
        for person, other in zip(answer, expected, strict=True):
            np.testing.assert_array_equal(person.keypoints, other.keypoints)
            assert person.score == other.score
    assert nobody == []


def test_every_ask_has_its_own_threshold(estimator):
    photo = photo_with_spots((30, 60), (150, 80))
    low, middle, high = estimator.batch([Ask(photo, threshold=t) for t in (0.0, 0.7, 1.0)])
    assert [len(low), len(middle), len(high)] == [2, 1, 0]
    assert middle[0].box == Box(100, 0, 100, 120, 0.9)


def test_further_persons_are_found_beside_given_boxes_which_stay_first_and_as_they_are(estimator):
    photo = photo_with_spots((30, 60), (150, 80))
    mine = [Box(5, 5, 90, 110), Box(5, 5, 90, 110)]  # of the left person, whom the finder finds as well
    (people,) = estimator.batch([Ask(photo, mine, more=True)])
    assert [person.box for person in people] == [*mine, Box(100, 0, 100, 120, 0.9)]
    (alone,) = estimator.batch([Ask(photo, mine, threshold=0.95, more=True)])
    assert [person.box for person in alone] == mine
    (all_found,) = estimator.batch([Ask(photo, [], more=True)])
    assert len(all_found) == 2


def test_a_box_outside_of_the_photo_is_refused_before_anything_runs():
    with pytest.raises(ValueError, match="box 2, .* outside of the photo of 200x120"):
        Ask(photo_with_spots((30, 60)), [Box(0, 0, 9, 9), Box(400, 0, 9, 9)])


def test_a_stream_mixes_given_and_found_boxes_and_keeps_the_order(estimator, monkeypatch):
    monkeypatch.setattr("hrnet.estimator.PIXELS_AT_ONCE", 2 * 120 * 200)
    photo = photo_with_spots((30, 60), (150, 80))
    asks = [Ask(photo), Ask(photo, [Box(0, 0, 50, 50)]), Ask(photo, []), Ask(photo), Ask(photo, [Box(0, 0, 9, 9)] * 3)]
    assert [len(people) for people in estimator.stream(iter(asks))] == [2, 1, 0, 2, 3]
