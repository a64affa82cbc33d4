import pytest
import torch
from torch import nn

from hrnet.network import HRNet
from hrnet.network.exchange import ExchangeUnit, resample, sum_in_order
from hrnet.spec import W8

CHANNELS = [32, 64, 128, 256]


@pytest.mark.parametrize(("source", "target"), [(0, 1), (0, 2), (0, 3), (1, 3)])
def test_going_down_changes_the_channels_only_in_the_last_strided_convolution(source, target):
    layer = resample(CHANNELS, source=source, target=target)
    convs = [m for m in layer.modules() if isinstance(m, nn.Conv2d)]
    inputs, outputs = CHANNELS[source], CHANNELS[target]
    assert [(c.in_channels, c.out_channels) for c in convs] == [
        *[(inputs, inputs)] * (target - source - 1),
        (inputs, outputs),
    ]
    assert {(c.kernel_size, c.stride) for c in convs} == {((3, 3), (2, 2))}
    relus = [any(isinstance(m, nn.ReLU) for m in step) for step in layer]
    assert relus == [True] * (target - source - 1) + [False]


def test_going_up_repeats_pixels_and_does_not_blend_them():
    layer = resample(CHANNELS, source=2, target=0).eval()
    x = torch.randn(1, 128, 3, 2, generator=torch.Generator().manual_seed(0))
    small = layer[1](layer[0](x))
    assert torch.equal(layer(x), small.repeat_interleave(4, dim=2).repeat_interleave(4, dim=3))


def test_a_branch_gives_itself_to_itself_unchanged():
    x = torch.randn(1, 64, 2, 2)
    assert resample(CHANNELS, source=1, target=1)(x) is x


def test_terms_are_added_from_the_first_to_the_last():
    terms = [torch.tensor(value) for value in (1e8, 1.0, -1e8)]
    assert sum_in_order(terms).item() == 0.0
    assert sum_in_order([terms[0], terms[2], terms[1]]).item() == 1.0


def test_a_unit_keeps_the_sizes_of_all_branches_and_the_last_one_gives_only_the_finest():
    branches = [torch.zeros(2, 8 * 2**i, 16 // 2**i, 8 // 2**i) for i in range(4)]
    channels = W8.channels(4)
    assert [x.shape for x in ExchangeUnit(channels, blocks=1)(branches)] == [x.shape for x in branches]
    assert [x.shape for x in ExchangeUnit(channels, blocks=1, targets=1)(branches)] == [branches[0].shape]


def test_only_the_very_last_unit_of_the_network_gives_one_branch():
    network = HRNet(W8, joints=1)
    rows = [[len(unit.fuse_layers) for unit in stage] for stage in (network.stage2, network.stage3, network.stage4)]
    assert rows == [[2], [3, 3, 3], [4, 1]]
