"""What every engine promises."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hrnet.engine import NAMES
from hrnet.spec import W8, W16_SMALL, W32

every_engine = pytest.mark.parametrize("name", NAMES)


@every_engine
@pytest.mark.parametrize("spec", [W8, W16_SMALL], ids=lambda spec: spec.name)
def test_heatmaps_of_the_small_family_are_those_of_the_network(case, crops, assert_same, name, spec):
    batch = crops(2, (256, 192))
    assert_same(case(spec).engine(name, (256, 192))(batch), case(spec).expected(batch))


@pytest.mark.slow
@every_engine
def test_heatmaps_of_w32_are_those_of_the_network(case, crops, assert_same, name):
    batch = crops(9, (256, 192))
    assert_same(case(W32).open(name, (256, 192))(batch), case(W32).expected(batch))


@every_engine
@pytest.mark.parametrize("count", [1, 3, 7, 8, 11])
def test_heatmaps_are_those_of_the_network_for_any_number_of_crops(case, crops, assert_same, name, count):
    batch = crops(count)
    assert_same(case().engine(name)(batch), case().expected(batch))


@every_engine
@pytest.mark.parametrize("size", [(128, 96), (320, 320)])
def test_heatmaps_are_those_of_the_network_at_any_size(case, crops, assert_same, name, size):
    batch = crops(1, size)
    heatmaps = case().engine(name, size)(batch)
    assert heatmaps.shape == (1, 17, size[0] // 4, size[1] // 4)
    assert_same(heatmaps, case().expected(batch))


@every_engine
def test_five_channels_serve_the_person_finder(case, crops, assert_same, name):
    batch = crops(2, (96, 128))
    heatmaps = case(joints=5).engine(name, (96, 128))(batch)
    assert heatmaps.shape == (2, 5, 24, 32)
    assert_same(heatmaps, case(joints=5).expected(batch))


@every_engine
def test_no_crops_give_no_heatmaps(case, crops, name):
    heatmaps = case().engine(name, (128, 96))(crops(0, (128, 96)))
    assert heatmaps.shape == (0, 17, 32, 24) and heatmaps.dtype == np.float32


@every_engine
def test_beyond_the_border_lies_the_mean_color(case, assert_same, name):
    white = np.full((1, 64, 64, 3), 255, np.uint8)
    framed = np.zeros((1, 128, 128, 3), np.uint8)  # black beyond the border: what normalizing too late would mean
    framed[:, 32:96, 32:96] = 255
    expected = case().expected(white)
    ring = np.ones((16, 16), bool)
    ring[1:-1, 1:-1] = False
    assert_same(case().engine(name)(white)[..., ring], expected[..., ring])
    assert np.abs(case().expected(framed)[..., 8:24, 8:24] - expected)[..., ring].max() > 0.1 * np.ptp(expected)


@every_engine
def test_red_is_not_blue(case, crops, assert_same, name):
    batch = crops(1)
    turned = case().engine(name)(batch[..., ::-1])
    assert_same(turned, case().expected(np.ascontiguousarray(batch[..., ::-1])))
    assert np.abs(turned - case().expected(batch)).max() > 0.01


@every_engine
def test_mirrored_views_and_arrays_that_may_not_be_written_are_taken(case, crops, assert_same, name):
    batch = crops(2)
    batch.setflags(write=False)
    engine = case().engine(name)
    assert_same(engine(batch), case().expected(batch.copy()))
    assert_same(engine(batch[:, :, ::-1]), case().expected(batch[:, :, ::-1].copy()))


@every_engine
def test_heatmaps_outlive_the_next_call(case, crops, name):
    engine, batch = case().engine(name), crops(2)
    first = engine(batch[:1])
    kept = first.copy()
    engine(batch[1:])
    np.testing.assert_array_equal(first, kept)


@every_engine
def test_threads_do_not_mix_their_heatmaps(case, crops, name):
    engine, batch = case().engine(name), crops(8)
    alone = [engine(batch[i : i + 1]) for i in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda i: engine(batch[i % 8 : i % 8 + 1]), range(32)))
    for i, heatmaps in enumerate(together):
        np.testing.assert_array_equal(heatmaps, alone[i % 8])


@every_engine
def test_weights_kept_in_half_precision_are_computed_with_in_full(case, crops, assert_same, name):
    half = {key: a.astype(np.float16) for key, a in case().weights.items() if "num_batches" not in key}
    engine = case().open(name, weights=half)
    rounded = {key: a.astype(np.float32) for key, a in half.items()}
    np.testing.assert_array_equal(engine(crops(1)), case().open(name, weights=rounded)(crops(1)))
    assert_same(engine(crops(1)), case().expected(crops(1)), part=0.01)


@every_engine
def test_the_given_weights_are_left_alone(case, crops, name):
    weights = {key: array.copy() for key, array in case().weights.items()}
    engine = case().open(name, weights=weights)
    before = engine(crops(1))
    for key, array in weights.items():
        np.testing.assert_array_equal(array, case().weights[key])
        array[...] = 0
    np.testing.assert_array_equal(engine(crops(1)), before)


@every_engine
def test_computing_is_exact_unless_asked_otherwise(case, name):
    assert case().engine(name).precision == "float32"
    assert case().open(name, precision="exact").precision == "float32"


def without(weights, key):
    return {k: a for k, a in weights.items() if k != key}


@every_engine
@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda w: without(w, "stage2.0.fuse_layers.1.0.0.1.bias"), "there is no stage2.0.fuse_layers.1.0.0.1.bias"),
        (lambda w: {**w, "bn1.bias": np.zeros(32)}, r"bn1.bias has shape \(32,\) instead of \(16,\)"),
        (lambda w: {**w, "head.bias": np.zeros(3)}, "it has no head.bias$"),
        (lambda w: {**w, **{f"neck.{i}": np.zeros(3) for i in range(9)}}, r"it has no neck.0, neck.1, neck.2 \.\.\.$"),
        (lambda w: {**w, "final_layer.bias": np.zeros(16)}, r"final_layer.bias has shape \(16,\) instead of \(17,\)"),
    ],
)
def test_weights_of_another_network_are_refused_by_name(case, name, spoil, complaint):
    with pytest.raises(ValueError, match=f"^these weights are not those of tiny with 17 joints: {complaint}"):
        case().open(name, weights=spoil(case().weights))


@every_engine
def test_weights_of_another_width_are_refused(case, name):
    with pytest.raises(ValueError, match="not those of tiny with 17 joints"):
        case().open(name, weights=case(W16_SMALL).weights)


@every_engine
def test_sides_that_are_no_multiples_of_32_are_refused_with_the_nearest(case, name):
    with pytest.raises(ValueError, match="multiples of 32, got 250x200; the nearest is 256x192"):
        case().open(name, (250, 200))
    with pytest.raises(ValueError, match="multiples of 32, got 0x32; the nearest is 32x32"):
        case().open(name, (0, 32))


@every_engine
@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        (np.zeros((1, 64, 64, 3), np.float32), r"float32 with shape \(1, 64, 64, 3\)"),
        (np.zeros((64, 64, 3), np.uint8), r"uint8 with shape \(64, 64, 3\)"),
        (np.zeros((1, 3, 64, 64), np.uint8), r"uint8 with shape \(1, 3, 64, 64\)"),
        (np.zeros((1, 96, 64, 3), np.uint8), r"uint8 with shape \(1, 96, 64, 3\)"),
    ],
)
def test_crops_of_another_kind_are_refused(case, name, wrong, got):
    with pytest.raises(ValueError, match=rf"crops must be uint8 with shape \(N, 64, 64, 3\), got {got}"):
        case().engine(name)(wrong)
