import pytest
import torch
import torch.nn.functional as F
from torch import nn

from hrnet.network import HRNet, initialize
from hrnet.network.blocks import BasicBlock, Bottleneck


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_basic_block_adds_what_it_found_to_its_input(small):
    block = small.stage2[0].branches[0][0]
    x = torch.randn(2, 8, 6, 5, generator=seeded())
    found = block.bn2(block.conv2(F.relu(block.bn1(block.conv1(x)))))
    torch.testing.assert_close(block(x), (x + found).clamp(min=0), rtol=0, atol=0)


@pytest.mark.parametrize(("inputs", "projects"), [(64, True), (256, False)])
def test_a_bottleneck_projects_its_shortcut_only_where_the_channels_change(inputs, projects):
    block = Bottleneck(inputs, 64)
    assert (block.downsample is not None) == projects
    assert block(torch.zeros(1, inputs, 3, 2)).shape == (1, 256, 3, 2)


@pytest.mark.parametrize("training", [False, True])
def test_every_residual_block_starts_as_the_identity(little, training):
    network = initialize(HRNet(little, joints=3), seeded()).train(training)
    blocks = [m for m in network.modules() if isinstance(m, BasicBlock | Bottleneck)]
    plain = [block for block in blocks if getattr(block, "downsample", None) is None]
    assert len(plain) == len(blocks) - 1  # the first bottleneck has a projection to start from
    for block in plain:
        x = torch.rand(2, block.conv1.in_channels, 4, 4, generator=seeded())  # what a ReLU gives: nothing below 0
        assert torch.equal(block(x), x)


def test_convolutions_start_by_their_fan_out_and_the_head_almost_at_zero(little):
    network = initialize(HRNet(little, joints=100), seeded())
    for name, conv in network.named_modules():
        if isinstance(conv, nn.Conv2d) and conv.weight.numel() > 4_000:
            outputs, _, height, width = conv.weight.shape
            assert conv.weight.std().item() == pytest.approx((2 / (outputs * height * width)) ** 0.5, rel=0.05), name
    assert network.final_layer.weight.std().item() == pytest.approx(0.001, rel=0.2)
    assert not network.final_layer.bias.any()


def test_the_signal_keeps_its_size_on_its_way_to_the_head(little):
    network = initialize(HRNet(little, joints=17), seeded()).train()
    arrived = []
    network.final_layer.register_forward_pre_hook(lambda module, inputs: arrived.append(inputs[0].std().item()))
    network(torch.randn(2, 3, 64, 64, generator=seeded()))
    assert 0.5 < arrived[0] < 10


def test_the_generator_alone_decides_the_start(little):
    first, again, other = (initialize(HRNet(little, joints=2), seeded(seed)).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first["conv1.weight"], other["conv1.weight"])
