import numpy as np
import pytest
import torch

from apps.views.inside.field import fields, reach
from hrnet.network import HRNet
from hrnet.network.probe import probe
from hrnet.places import cuts
from hrnet.spec import ModelSpec

SIZE = 256
# Few steps, so that fields end inside of the crop; every kind of layer is there.
THIN = ModelSpec("thin", width=2, stem=2, bottleneck=2, stage1_blocks=1, modules=(1, 1, 2), blocks=1)


@pytest.fixture(scope="module")
def network():
    """Weights above zero, no biases: darkness stays exactly zero, and light in its field makes a cell positive."""
    network = HRNet(THIN, 3).double().eval()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.fill_(0.0 if name.endswith("bias") else 1.0 if parameter.ndim == 1 else 1 / parameter[0].numel())
    return network


def lit(network, place, at, crops, cut=()):
    """Whether a cell is above zero, for each of some crops (N, H, W)."""
    with torch.no_grad(), probe(network, keep=place, cut=cut) as seen:
        network(torch.from_numpy(np.stack([crops] * 3, axis=1).astype(float)))
    return (seen[place][:, :, at[1], at[0]] > 0).any(dim=1).tolist()


def check(network, place, at, cut=()):
    """Light everywhere outside of the field is not seen; light on each of its four sides, one pixel wide, is."""
    spans = [reach(network, place, one, frozenset(cut)) for one in at]
    if None in spans:
        assert lit(network, place, at, np.ones((1, SIZE, SIZE)), cut) == [False]
        return
    (left, right), (top, bottom) = ((max(a, 0), min(b, SIZE - 1)) for a, b in spans)
    crops = np.zeros((5, SIZE, SIZE))
    crops[0] = 1
    crops[0, top : bottom + 1, left : right + 1] = 0
    rows, columns = slice(top, bottom + 1), slice(left, right + 1)
    for crop, side in zip(crops[1:], [(rows, left), (rows, right), (top, columns), (bottom, columns)], strict=True):
        crop[side] = 1
    assert lit(network, place, at, crops, cut) == [False, True, True, True, True]


PLACES = [
    "stem", "stage1", "stage2.unit0.branch0", "stage2.unit0.branch1", "stage2.unit0.edge.1-0", "stage2.unit0.edge.0-1",
    "stage2.unit0.out.0", "stage2.unit0.out.1", "stage3.unit0.branch0", "stage3.unit0.branch2",
    "stage3.unit0.edge.2-0", "stage3.unit0.edge.0-2", "stage3.unit0.out.1", "stage4.unit0.branch3",
    "stage4.unit1.out.0", "head",
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("share", [0, 0.45, 0.99])
def test_the_field_is_all_that_a_cell_sees_and_no_pixel_more(network, place, share):
    with torch.no_grad(), probe(network, keep=place) as seen:
        network(torch.zeros(1, 3, SIZE, SIZE, dtype=torch.float64))
    side = seen[place].shape[2]
    at = int(share * side), int((1 - share) * (side - 1))
    check(network, place, at)


@pytest.mark.parametrize(
    ("place", "cut"),
    [
        ("stage2.unit0.out.0", ["stage2.unit0.edge.1-0"]),
        ("stage3.unit0.branch0", ["stage2.unit0.branch1"]),
        ("stage3.unit0.branch2", ["stage2.unit0"]),
        ("stage3.unit0.out.0", ["stage3.unit0"]),
        ("stage3.unit0.out.1", ["stage2.unit0.out.1"]),
        ("stage2.unit0.edge.1-0", ["stage2.unit0.branch1"]),
        ("stage2.unit0.out.1", ["stage2.unit0.out.1"]),
        ("head", ["stage4.unit1.edge.*-0"]),
    ],
)
def test_a_cut_narrows_the_field(network, place, cut):
    check(network, place, (5, 3), cuts(network, cut))


def test_the_stem_sees_seven_pixels(network):
    assert reach(network, "stem", 0) == (-3, 3)
    assert reach(network, "stem", 10) == (37, 43)


def test_every_cell_of_a_place_is_given_its_field(run_of, runs):
    run = run_of()
    for place in ("stem", "stage2.unit0.branch1", "stage3.unit1.branch2", "stage4.unit0.branch3", "head"):
        _, h, w = run.seen[place].shape
        found = fields(run, runs.network, place)
        assert found["x"] == [reach(runs.network, place, at) for at in range(w)]
        assert found["y"] == [reach(runs.network, place, at) for at in range(h)]


def test_changing_pixels_outside_of_the_field_changes_nothing_and_inside_does(run_of, runs):
    run, place, (x, y) = run_of(), "stage2.unit0.branch0", (10, 20)
    found = fields(run, runs.network, place)
    (left, right), (top, bottom) = found["x"][x], found["y"][y]
    noise = np.random.default_rng(0).integers(0, 256, run.crop.shape, np.uint8)
    outside, inside = noise.copy(), run.crop.copy()
    seen_by_it = slice(max(top, 0), bottom + 1), slice(max(left, 0), right + 1)
    outside[seen_by_it], inside[seen_by_it] = run.crop[seen_by_it], noise[seen_by_it]
    values = []
    for crop in (run.crop, outside, inside):
        with torch.no_grad(), probe(runs.network, keep=place) as seen:
            runs.network(runs.input_of(crop[None]))
        values.append(seen[place][0, :, y, x].numpy())
    assert (outside != run.crop).any()
    np.testing.assert_allclose(values[1], values[0], atol=1e-6)
    assert np.abs(values[2] - values[0]).max() > 1e-2


def test_cells_that_are_cut_off_see_nothing(run_of, runs):
    assert fields(run_of("stage4.unit1.out.0"), runs.network, "head") == {"x": None, "y": None}
