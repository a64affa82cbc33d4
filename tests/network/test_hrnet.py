import copy
import functools
import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from hrnet.network import HRNet, parameter_count
from hrnet.network.blocks import BasicBlock, Bottleneck
from hrnet.network.exchange import ExchangeUnit
from hrnet.network.probe import probe
from hrnet.spec import W8, W16_SMALL, W18_SMALL_V2, W24_SMALL, W32, W48, ModelSpec

GOLDEN = Path(__file__).parents[1] / "golden"


@functools.cache
def shapes_only(spec: ModelSpec, joints: int = 17) -> HRNet:
    """A network without memory behind it, for counting."""
    with torch.device("meta"):
        return HRNet(spec, joints).eval()


def assert_published(heatmaps: np.ndarray, arrays: dict[str, np.ndarray], prefix: str) -> None:
    h, w = heatmaps.shape[1:]
    np.testing.assert_allclose(
        heatmaps[:, :: h // 8, :: w // 6][:, :8, :6], arrays[f"{prefix}_out_sub"], rtol=0, atol=1e-4
    )
    np.testing.assert_allclose(heatmaps.mean(axis=(1, 2)), arrays[f"{prefix}_out_channel_mean"], rtol=0, atol=1e-4)
    np.testing.assert_array_equal(heatmaps.reshape(17, -1).argmax(axis=1), arrays[f"{prefix}_out_channel_argmax"])


@pytest.mark.parametrize("size", [(256, 192), (128, 96)])
def test_w32_gives_the_heatmaps_of_the_published_code(filled_w32, golden_arrays, golden_draw, size):
    x, prefix = golden_draw("input", (1, 3, *size), *size), f"w32_{size[0]}x{size[1]}"
    np.testing.assert_array_equal(x[0, :, :2, :4], golden_arrays[f"{prefix}_input_first"])
    with torch.inference_mode():
        assert_published(filled_w32(x)[0].numpy(), golden_arrays, prefix)


@pytest.mark.slow
def test_w48_gives_the_heatmaps_of_the_published_code(filled_w48, golden_arrays, golden_draw):
    with torch.inference_mode():
        heatmaps = filled_w48(golden_draw("input", (1, 3, 256, 192), 256, 192))
    assert_published(heatmaps[0].numpy(), golden_arrays, "w48_256x192")


def test_what_passes_at_a_place_is_what_passes_at_the_published_module(filled_w32, golden_numbers, golden_draw):
    published = golden_numbers["w32_128x96_taps_mean_std_min_max_abssum"]
    modules = {
        "stage1": "layer1",
        "stage2.unit0.out.1": "stage2.0[1]",
        "stage3.unit0.edge.0-2": "stage3.0.fuse_layers.2.0",
        "stage3.unit0.out.2": "stage3.0[2]",
        "stage3.unit3.out.1": "stage3.3[1]",
        "stage4.unit0.out.3": "stage4.0[3]",
        "stage4.unit2.branch0": "stage4.2.branches.0",
        "stage4.unit2.branch3": "stage4.2.branches.3",
        "stage4.unit2.out.0": "stage4.2[0]",
        "head": "final_layer",
    }
    with torch.inference_mode(), probe(filled_w32, keep=list(modules)) as seen:
        filled_w32(golden_draw("input", (1, 3, 128, 96), 128, 96))
    for place, module in modules.items():
        x = seen[place].double()
        statistics = [x.mean(), x.std(unbiased=False), x.min(), x.max(), x.abs().sum()]
        np.testing.assert_allclose(statistics, published[module], rtol=1e-5, atol=1e-5, err_msg=place)


def test_one_training_step_has_the_published_loss_gradients_and_statistics(
    filled_w32, golden_arrays, golden_numbers, golden_draw, golden_target
):
    # In double precision: with norms over 8 values, float32 rounding alone moves gradients by a thousandth.
    network, published = copy.deepcopy(filled_w32).double().train(), golden_numbers["train_w32_64x64"]
    x, target = golden_draw("train-input", (2, 3, 64, 64)).double(), golden_target
    weight = torch.ones(2, 17, 1, 1)
    weight[0, 3] = 0

    heatmaps = network(x)
    loss = (0.5 * (weight * (heatmaps - target)) ** 2).mean(dim=(0, 2, 3)).mean()  # so the weight acts squared
    loss.backward()

    np.testing.assert_allclose(
        heatmaps[0, :, ::2, ::3].detach().numpy(), golden_arrays["train_out_sub"], rtol=0, atol=1e-3
    )
    assert loss.item() == pytest.approx(published["loss"], rel=1e-5)
    gradients = {name: p.grad for name, p in network.named_parameters()}
    assert [name for name, gradient in gradients.items() if gradient is None] == published["params_without_grad"]
    for name, (norm, total) in published["grad_l2_and_sum"].items():
        assert gradients[name].norm().item() == pytest.approx(norm, rel=1e-4), name
        assert gradients[name].sum().item() == pytest.approx(total, abs=5e-3 * norm), name
    whole = torch.stack([gradient.norm() for gradient in gradients.values()]).norm().item()
    assert whole == pytest.approx(published["total_grad_l2"], rel=1e-4)
    for name, (mean, std) in published["running_after"].items():
        values = network.get_buffer(name)
        assert (values.mean().item(), values.std().item()) == pytest.approx((mean, std), abs=1e-6), name


@pytest.mark.parametrize("spec", [W32, W48])
def test_the_state_has_the_names_shapes_and_order_of_the_published_checkpoint(spec):
    with gzip.open(GOLDEN / f"hrnet_{spec.name.lower()}_keys.json.gz", "rt") as file:
        published = [(name, tuple(shape)) for name, shape in json.load(file)]
    assert [(name, tuple(x.shape)) for name, x in shapes_only(spec).state_dict().items()] == published


def test_the_1754_names_have_the_published_sha_256():
    names = list(shapes_only(W32).state_dict())
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()
    assert len(names) == 1754
    assert digest == "5445a22bf2c4142a870ee597d02c6eddd36b4299a2d32574c0c7805395e84f21"


@pytest.mark.parametrize(
    ("spec", "joints", "parameters"),
    [
        (W32, 17, 28_536_113),
        (W32, 16, 28_536_080),
        (W48, 17, 63_595_745),
        (W24_SMALL, 17, 6_225_577),
        (W18_SMALL_V2, 17, 3_616_675),
        (W16_SMALL, 17, 2_909_793),
        (W8, 17, 896_025),
    ],
)
def test_parameter_counts(spec, joints, parameters):
    assert parameter_count(shapes_only(spec, joints)) == parameters


@pytest.mark.parametrize(
    ("spec", "stem", "parts"),
    [
        (W32, 38_848, (286_208, 221_376, 390_848, 73_984, 6_821_632, 295_424, 20_407_232, 561)),
        (W48, 38_848, (286_208, 332_064, 878_112, 166_272, 15_335_040, 664_320, 45_894_048, 833)),
    ],
)
def test_every_part_has_its_published_share_of_the_parameters(spec, stem, parts):
    network = shapes_only(spec)
    stages = ("layer1", "transition1", "stage2", "transition2", "stage3", "transition3", "stage4", "final_layer")
    assert tuple(parameter_count(network.get_submodule(name)) for name in stages) == parts
    assert sum(parameter_count(network.get_submodule(name)) for name in ("conv1", "bn1", "conv2", "bn2")) == stem


def test_w32_has_the_published_number_of_every_building_block():
    modules = list(shapes_only(W32).modules())
    counts = {
        kind: sum(isinstance(module, kind) for module in modules)
        for kind in (nn.Conv2d, nn.BatchNorm2d, BasicBlock, Bottleneck, nn.Upsample, ExchangeUnit)
    }
    assert list(counts.values()) == [293, 292, 104, 4, 28, 8]


def multiply_adds(network: HRNet, x: torch.Tensor) -> int:
    counted: list[int] = []

    def count(conv: nn.Conv2d, inputs: tuple[torch.Tensor], output: torch.Tensor) -> None:
        counted.append(output.numel() * conv.weight[0].numel())

    hooks = [m.register_forward_hook(count) for m in network.modules() if isinstance(m, nn.Conv2d)]
    with torch.no_grad():
        network(x)
    for hook in hooks:
        hook.remove()
    return sum(counted)


def test_w32_needs_the_published_7_billion_multiply_adds(filled_w32):
    needed = multiply_adds(filled_w32, torch.zeros(1, 3, 256, 192))
    assert needed == 7_645_003_776
    assert round(needed / 2**30, 1) == 7.1  # what the paper calls GFLOPs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spec", "joints", "size", "expected"),
    [
        (W32, 17, (384, 288), 17_201_258_496),
        (W48, 17, (256, 192), 15_691_825_152),
        (W48, 17, (384, 288), 35_306_606_592),
        (W32, 16, (256, 256), 10_193_207_296),
        (W48, 16, (256, 256), 20_922_236_928),
        (W32, 14, (256, 192), 7_644_708_864),
        (ModelSpec("W18", width=18), 17, (256, 192), 3_188_385_792),
        (ModelSpec("W16", width=16), 17, (256, 192), 2_748_628_992),
    ],
)
def test_multiply_adds_of_all_convolutions(spec, joints, size, expected):
    assert multiply_adds(shapes_only(spec, joints), torch.empty(1, 3, *size, device="meta")) == expected


def test_every_norm_forgets_a_tenth_per_step():
    norms = [module for module in shapes_only(W32).modules() if isinstance(module, nn.BatchNorm2d)]
    assert {(norm.momentum, norm.eps) for norm in norms} == {(0.1, 1e-5)}


def test_only_the_head_has_a_bias():
    biased = [n for n, m in shapes_only(W32).named_modules() if isinstance(m, nn.Conv2d) and m.bias is not None]
    assert biased == ["final_layer"]


def test_a_network_without_joints_is_refused():
    with pytest.raises(ValueError, match="at least one joint, got 0"):
        HRNet(W8, joints=0)
