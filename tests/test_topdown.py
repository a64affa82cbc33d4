from dataclasses import replace

import numpy as np
import pytest

from hrnet import heatmap
from hrnet.geometry import GRAY, OFFICIAL, UDP, WALKTHROUGH, Affine, Box, CropRule, crop_affine
from hrnet.heatmap.targets import KINDS
from hrnet.skeleton import COCO_17
from hrnet.spec import W8
from hrnet.topdown import CHUNK, TopDown
from hrnet.weights import Metadata

SIZE = (128, 96)
META = Metadata(role="pose", spec=W8, skeleton=COCO_17, input_size=SIZE, rule=UDP, decoder="udp")


class Oracle:
    """A network that answers the exact heatmaps of whoever it is shown.

    Every person is a field of one gray value, which is a name; red on its right side shows whether it is mirrored.
    """

    def __init__(self, rule: CropRule, kind: str) -> None:
        self.rule, self.kind = rule, kind
        self.people: dict[int, np.ndarray] = {}
        self.calls: list[int] = []

    def photo(self, rng, boxes, inset=0.2):
        """A photo with somebody in each box; all keypoints lie that fraction of the box away from its sides."""
        photo = np.zeros((200, 400, 3), np.uint8)
        truth = []
        for box in boxes:
            name = 20 + 2 * len(self.people)
            x, y, w, h = (int(v) for v in box.xywh)
            photo[y : y + h, x : x + w] = name
            photo[y : y + h, x + w // 2 : x + w, 0] = 255
            keypoints = np.column_stack([[x, y] + rng.uniform(inset, 1 - inset, (17, 2)) * [w, h], np.full(17, 2)])
            self.people[name] = crop_affine(box, SIZE, self.rule).apply(keypoints)
            truth.append(keypoints)
        return photo, np.array(truth)

    def __call__(self, crops):
        self.calls.append(len(crops))
        height, width = SIZE
        maps = np.empty((len(crops), 17, height // 4, width // 4), np.float32)
        for crop, answer in zip(crops, maps, strict=True):
            keypoints = self.people[int(crop[height // 2, width // 2, 1])]
            if crop[height // 2, width // 2 - 10, 0] == 255:
                keypoints = Affine.mirror(width).apply(keypoints)[COCO_17.mirror]
            answer[:] = heatmap.encode(keypoints, SIZE, 2.0, self.kind)[0]
        return maps


BOXES = [Box(10, 20, 60, 130), Box(100, 30, 90, 40), Box(230, 100, 50, 80)]

# decoder, and by how many crop pixels it may be off: half a heatmap pixel for the highest pixel, a quarter after the
# quarter step, and hardly anything where a parabola is fitted to the logarithm of a Gaussian
BOUNDS = {"argmax": 0.5 * 95 / 23, "quarter": 0.25 * 95 / 23, "dark": 0.005, "udp": 0.005}


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("decoder", BOUNDS)
@pytest.mark.parametrize("rule", [OFFICIAL, UDP, WALKTHROUGH], ids=lambda rule: rule.name)
def test_keypoints_come_back_to_their_places_in_the_photo(rule, decoder, flip):
    oracle = Oracle(rule, "udp" if rule is UDP else "unbiased")
    photo, truth = oracle.photo(np.random.default_rng(1), BOXES)
    (found,) = TopDown(oracle, replace(META, rule=rule, decoder=decoder), flip=flip)([photo], [BOXES])
    # Where a heatmap pixel is 4 crop pixels the mirrored answer stands a quarter of one to the right, and so the mean
    # of both an eighth.
    shifted = np.array([[flip * rule.flip_shift * 4 / 8, 0]])
    for box, points, expected in zip(BOXES, found, truth, strict=True):
        affine = crop_affine(box, SIZE, rule)
        off = affine.apply(points[:, :2]) - affine.apply(expected[:, :2]) - shifted
        assert np.abs(off).max() <= BOUNDS[decoder] + (0.02 if rule is not UDP and flip else 0)
    assert found.dtype == np.float32 and found.shape == (3, 17, 3)


def test_udp_is_exact_to_a_twentieth_of_a_photo_pixel():
    oracle = Oracle(UDP, "udp")
    photo, truth = oracle.photo(np.random.default_rng(2), BOXES)
    for flip in (False, True):
        (found,) = TopDown(oracle, META, flip=flip)([photo], [BOXES])
        np.testing.assert_allclose(found[..., :2], truth[..., :2], atol=0.05)
        assert (found[..., 2] > 0.85).all() and (found[..., 2] <= 1).all()  # a peak between pixels is a little lower


def test_near_the_border_of_a_crop_the_blur_costs_udp_half_a_crop_pixel():
    oracle = Oracle(UDP, "udp")
    photo, truth = oracle.photo(np.random.default_rng(2), BOXES, inset=0)
    (found,) = TopDown(oracle, META)([photo], [BOXES])
    off = [
        np.abs(crop_affine(box, SIZE, UDP).matrix[0, 0] * (points - expected)[:, :2]).max()
        for box, points, expected in zip(BOXES, found, truth, strict=True)
    ]
    assert 0.05 < max(off) < 0.6


def test_rounded_targets_cost_at_most_half_a_heatmap_pixel():
    oracle = Oracle(OFFICIAL, "rounded")
    photo, truth = oracle.photo(np.random.default_rng(2), BOXES)
    (found,) = TopDown(oracle, replace(META, rule=OFFICIAL, decoder="quarter"))([photo], [BOXES])
    for box, points, expected in zip(BOXES, found, truth, strict=True):
        affine = crop_affine(box, SIZE, OFFICIAL)
        off = np.abs(affine.apply(points[:, :2]) - affine.apply(expected[:, :2]))
        assert 1 < off.max() <= 2 + 1e-3
        np.testing.assert_array_equal(points[:, 2], 1)


@pytest.mark.parametrize("flip", [False, True])
def test_people_of_many_photos_share_batches_and_keep_their_order(flip):
    oracle = Oracle(UDP, "udp")
    rng = np.random.default_rng(3)
    sets = [BOXES, [], BOXES[:1], BOXES[::-1], *[BOXES] * 24, []]
    photos, truths = zip(*(oracle.photo(rng, boxes) for boxes in sets), strict=True)
    found = TopDown(oracle, META, flip=flip)(photos, sets)
    assert [len(points) for points in found] == [len(boxes) for boxes in sets]
    for points, truth in zip(found, truths, strict=True):
        if len(truth):
            np.testing.assert_allclose(points[..., :2], truth[..., :2], atol=0.05)
    people = sum(len(boxes) for boxes in sets)
    assert max(oracle.calls) == CHUNK and sum(oracle.calls) == people * (1 + flip)
    assert len(oracle.calls) == -(-people * (1 + flip) // CHUNK)


def test_without_boxes_the_network_is_not_asked():
    def network(crops):
        raise AssertionError("nobody is there")

    photo = np.zeros((20, 30, 3), np.uint8)
    found = TopDown(network, META)([photo, photo], [[], []])
    assert [points.shape for points in found] == [(0, 17, 3)] * 2
    assert TopDown(network, META)([], []) == []


def test_photos_and_lists_of_boxes_must_be_as_many():
    with pytest.raises(ValueError, match="zip"):
        TopDown(lambda crops: crops, META)([np.zeros((20, 30, 3), np.uint8)], [])


def symmetric(crops):
    """Answers a mirrored crop with the mirrored answer, joints in their new places."""
    gray = crops.reshape(len(crops), 32, 4, 24, 4, 3).mean(axis=(2, 4, 5), dtype=np.float32)
    right = np.arange(24) / 24
    maps = np.empty((len(crops), 17, *gray.shape[1:]), np.float32)
    for joint in range(17):
        lean = 0 if COCO_17.mirror[joint] == joint else 1 if joint % 2 else -1
        maps[:, joint] = gray * (1 + lean * (right - right[::-1]))
    return maps


def test_the_flip_changes_nothing_for_a_network_that_is_mirror_symmetric():
    crops = np.random.default_rng(0).integers(0, 256, (5, *SIZE, 3), np.uint8)
    plain, flipped = (TopDown(symmetric, META, flip=flip).heatmaps(crops) for flip in (False, True))
    assert np.ptp(plain, axis=(2, 3)).min() > 1
    np.testing.assert_allclose(flipped, plain, rtol=1e-6)


def test_the_answers_of_the_network_are_not_written_into():
    answer = np.random.default_rng(0).random((4, 17, 32, 24), np.float32)
    answer.flags.writeable = False
    mean = TopDown(lambda crops: answer, META, flip=True).heatmaps(np.zeros((2, *SIZE, 3), np.uint8))
    expected = (answer[:2] + heatmap.flip_back(answer[2:], COCO_17, False)) / 2
    np.testing.assert_array_equal(mean, expected)


@pytest.mark.parametrize("flip", [False, True])
def test_a_network_trained_on_bgr_gets_bgr(flip):
    seen = []

    def network(crops):
        seen.append(crops)
        return np.zeros((len(crops), 17, 32, 24), np.float32)

    crops = np.random.default_rng(0).integers(0, 256, (2, *SIZE, 3), np.uint8)
    for color in ("RGB", "BGR"):
        TopDown(network, replace(META, color=color), flip=flip).heatmaps(crops)
    rgb, bgr = seen
    np.testing.assert_array_equal(rgb[:2], crops)
    np.testing.assert_array_equal(bgr, rgb[..., ::-1])
    assert bgr.flags["C_CONTIGUOUS"] and rgb.flags["C_CONTIGUOUS"]
    if flip:
        np.testing.assert_array_equal(rgb[2:], crops[:, :, ::-1])


def test_crops_are_warped_by_the_rule_of_the_weights():
    photo = np.random.default_rng(0).integers(0, 256, (200, 400, 3), np.uint8)
    for rule in (OFFICIAL, UDP, WALKTHROUGH):
        crops, affines = TopDown(symmetric, replace(META, rule=rule)).crop([photo] * 3, BOXES)
        for crop, affine, box in zip(crops, affines, BOXES, strict=True):
            assert affine == crop_affine(box, SIZE, rule)
            np.testing.assert_array_equal(crop, affine.warp(photo, SIZE))


def test_outside_of_the_photo_lies_the_gray_of_the_rule():
    photo = np.full((200, 400, 3), 250, np.uint8)
    for fill in (0, GRAY):
        crops, _ = TopDown(symmetric, replace(META, rule=replace(UDP, fill=fill))).crop(
            [photo], [Box(-60, 20, 100, 130)]
        )
        assert (crops[0][:, :20] == fill).all() and (crops[0][64, -20:] == 250).all()


def test_udp_targets_belong_to_the_udp_rule():
    assert KINDS["udp"].rule is UDP  # what the first tests lean on
