import cv2
import numpy as np
import pytest

from hrnet.finder.center import AT_ONCE, PADDING, SAME, STRIDE, UNIT, CenterFinder, boxes, iou, letterbox
from hrnet.geometry import Box

SIZE = (128, 96)  # of the input; (32, 24) cells
NOBODY = -9.0  # the logit of a cell without a center


def cells_with(*people, size=SIZE):
    """The network's answer for boxes in input pixels (x1, y1, x2, y2, logit): one cell each."""
    cells = np.zeros((5, size[0] // STRIDE, size[1] // STRIDE), np.float32)
    cells[0] = NOBODY
    for x1, y1, x2, y2, logit in people:
        x, y = int((x1 + x2) / 2 / STRIDE), int((y1 + y2) / 2 / STRIDE)
        center = np.array([x, y]) * STRIDE + 1.5
        reach = np.array([center[0] - x1, center[1] - y1, x2 - center[0], y2 - center[1]])
        cells[:, y, x] = [logit, *np.log(reach / UNIT)]
    return cells


def test_a_cell_gives_exactly_the_box_that_its_distances_say():
    (box,) = boxes(cells_with((10, 20, 50, 101.5, 1.0)), (1.0, 1.0), SIZE, 0.5)
    np.testing.assert_allclose(box.xywh, [10, 20, 40, 81.5], atol=1e-4)
    assert box.score == pytest.approx(1 / (1 + np.exp(-1)))


@pytest.mark.parametrize("photo_size", [(300, 500), (500, 300), (128, 96), (64, 31), (37, 200)])
def test_boxes_are_in_photo_pixels_whatever_the_shape_of_the_photo(photo_size):
    """The way there: photo pixel p lies at (p + .5) / scale - .5 of the input, as cv2.resize has it."""
    height, width = photo_size
    true = np.array([[0.1 * width, 0.2 * height, 0.5 * width, 0.9 * height]])
    canvas = np.empty((*SIZE, 3), np.uint8)
    scale = letterbox(np.zeros((*photo_size, 3), np.uint8), canvas)
    x1, y1, x2, y2 = ((true.reshape(2, 2) + 0.5) / scale - 0.5).ravel()
    (box,) = boxes(cells_with((x1, y1, x2, y2, 3.0)), scale, photo_size, 0.5)
    np.testing.assert_allclose([box.x, box.y, box.x + box.w, box.y + box.h], true[0], atol=1e-3)


@pytest.mark.parametrize("photo_size", [(300, 500), (500, 300), (30, 20)])
def test_the_letterbox_keeps_proportions_fills_one_side_and_is_gray_beside_it(photo_size):
    photo = np.full((*photo_size, 3), 200, np.uint8)
    canvas = np.zeros((*SIZE, 3), np.uint8)
    scale_x, scale_y = letterbox(photo, canvas)
    height, width = round(photo_size[0] / scale_y), round(photo_size[1] / scale_x)
    assert height == SIZE[0] or width == SIZE[1]
    assert scale_x == pytest.approx(scale_y, rel=0.01)
    assert (canvas[:height, :width] == 200).all()
    for rest in (canvas[height:], canvas[:, width:]):
        assert (rest == PADDING).all()


def test_a_large_photo_is_averaged_and_not_picked_from():
    checkered = np.zeros((1280, 960, 3), np.uint8)
    checkered[::2, ::2] = checkered[1::2, 1::2] = 255
    canvas = np.empty((*SIZE, 3), np.uint8)
    letterbox(checkered, canvas)
    np.testing.assert_allclose(canvas, 127.5, atol=1)


@pytest.mark.parametrize("photo_size", [(256, 192), (128, 192)])
def test_the_place_of_a_spot_in_the_photo_comes_back(photo_size):
    """Through the resized pixels themselves, so that both ends of the letterbox are held together."""
    photo = np.zeros((*photo_size, 3), np.uint8)
    photo[60:101, 80:121] = 255  # between pixel centers: 79.5 to 120.5 along x
    canvas = np.empty((*SIZE, 3), np.uint8)
    scale = letterbox(photo, canvas)
    light = cv2.cvtColor(canvas, cv2.COLOR_RGB2GRAY)[
        : round(photo_size[0] / scale[1]), : round(photo_size[1] / scale[0])
    ]
    columns, rows = light.mean(axis=0), light.mean(axis=1)
    columns, rows = columns / columns.max(), rows / rows.max()
    middle = [(values @ np.arange(len(values))) / values.sum() for values in (columns, rows)]
    half = [values.sum() / 2 for values in (columns, rows)]
    there = (middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1], 2.0)
    (box,) = boxes(cells_with(there), scale, photo_size, 0.5)
    np.testing.assert_allclose([box.x, box.y, box.w, box.h], [79.5, 59.5, 41, 41], atol=0.1)


def test_boxes_end_at_the_edges_of_the_photo():
    photo_size = (256, 192)  # two photo pixels are one input pixel
    (box,) = boxes(cells_with((-20, -30, 140, 190, 1.0)), (2.0, 2.0), photo_size, 0.5)
    assert (box.x, box.y, box.w, box.h) == (0, 0, 192, 256)
    (corner,) = boxes(cells_with((60, 100, 130, 150, 1.0)), (2.0, 2.0), photo_size, 0.5)
    assert (corner.x + corner.w, corner.y + corner.h) == (192, 256)
    assert (corner.x, corner.y) == pytest.approx((120.5, 200.5), abs=1e-4)


def test_what_is_left_of_a_box_beside_the_photo_is_no_person():
    # The photo is a strip that leaves most of the input gray
    assert boxes(cells_with((50, 90, 90, 120, 4.0)), (1.0, 1.0), (128, 50), 0.5) == []


def test_only_peaks_above_the_threshold_are_persons_and_the_best_comes_first():
    people = [(5, 5, 25, 45, 0.0), (40, 10, 60, 60, 2.0), (10, 70, 40, 120, -1.0)]
    found = boxes(cells_with(*people), (1.0, 1.0), SIZE, 0.2)
    np.testing.assert_allclose([box.score for box in found], 1 / (1 + np.exp([-2.0, 0.0, 1.0])), rtol=1e-6)
    assert [len(boxes(cells_with(*people), (1.0, 1.0), SIZE, t)) for t in (0.3, 0.6, 0.9)] == [2, 1, 0]
    cells = cells_with((40, 40, 60, 60, 2.0))
    cells[:, 12, 13] = cells[:, 12, 12] - [0.1, 0, 0, 0, 0]  # the slope of a peak is no second person
    assert len(boxes(cells, (1.0, 1.0), SIZE, 0.2)) == 1


@pytest.mark.parametrize(("shift", "left"), [(8, 1), (40 / 3 - 0.5, 1), (40 / 3 + 0.5, 2), (30, 2)])
def test_of_two_boxes_that_overlap_by_more_than_a_half_the_better_stays(shift, left):
    one, other = (10, 20, 50, 100, 1.0), (10 + shift, 20, 50 + shift, 100, 2.0)
    found = boxes(cells_with(one, other), (1.0, 1.0), SIZE, 0.5)  # the IoU is (40 - shift) / (40 + shift)
    assert len(found) == left and SAME == 0.5
    assert found[0].x == pytest.approx(other[0], abs=1e-4)


def test_a_box_dropped_for_a_better_one_drops_no_other():
    chain = [(0, 20, 40, 100, 3.0), (10, 20, 50, 100, 2.0), (20, 20, 60, 100, 1.0)]
    found = boxes(cells_with(*chain), (1.0, 1.0), SIZE, 0.5)
    np.testing.assert_allclose([box.x for box in found], [0, 20], atol=1e-4)


def test_logits_of_any_size_are_scores_without_a_warning():
    cells = cells_with((10, 20, 50, 100, 200.0))
    cells[0, 0, 0] = -2000
    cells[1:, 5, 5] = 2000
    (box,) = boxes(cells, (1.0, 1.0), SIZE, 0.01)
    assert box.score == 1


def test_iou_of_boxes_worked_out_by_hand():
    one = np.array([0, 0, 10, 10.0])
    others = np.array([[0, 0, 10, 10], [5, 5, 15, 15], [10, 0, 20, 10], [2, 2, 4, 4], [30, 30, 40, 40.0]])
    np.testing.assert_allclose(iou(one, others), [1, 25 / 175, 0, 0.04, 0])


def test_photos_of_all_sizes_share_batches_and_keep_their_order():
    calls = []

    def network(inputs):
        """Somebody on the whole of what is not gray."""
        calls.append(len(inputs))
        answers = []
        for canvas in inputs:
            rows = np.flatnonzero((canvas != PADDING).any(axis=(1, 2)))
            columns = np.flatnonzero((canvas != PADDING).any(axis=(0, 2)))
            answers.append(cells_with((-0.5, -0.5, columns[-1] + 0.5, rows[-1] + 0.5, 1.0)))
        return np.array(answers)

    rng = np.random.default_rng(0)
    sizes = [(int(h), int(w)) for h, w in rng.integers(30, 400, (2 * AT_ONCE + 3, 2))]
    finder = CenterFinder(network, SIZE, threshold=0.5)
    found = finder([np.zeros((*size, 3), np.uint8) for size in sizes])
    assert calls == [AT_ONCE, AT_ONCE, 3]
    for (height, width), (box,) in zip(sizes, found, strict=True):
        np.testing.assert_allclose(box.xywh, [0, 0, width - 0.5, height - 0.5], atol=0.01)
    assert finder([]) == [] and finder([np.zeros((9, 9, 3), np.uint8)], threshold=0.9) == [[]]
    assert isinstance(found[0][0], Box)
