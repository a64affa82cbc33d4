"""Every setting of a step does what it says: parts, precision, clipping, freezing, recomputing, compiling."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from hrnet.network import HRNet, initialize
from hrnet.training import memory
from hrnet.training.distributed import Ranks
from hrnet.training.ema import Average
from hrnet.training.learner import Learner
from hrnet.training.schedule import Schedule
from hrnet.training.settings import Settings

CPU = torch.device("cpu")


class Maps:
    """Random pictures whose heatmaps are to be some random ones."""

    batch_size = 4

    def batch(self, step, rank=0, ranks=1):
        rng = np.random.default_rng(step)
        return [rng.normal(size=(4, *shape)).astype(np.float32)[rank::ranks] for shape in ((3, 32, 32), (3, 8, 8))]

    def loss(self, network, batch, device):
        pictures, maps = (torch.from_numpy(values) for values in batch)
        return (network(pictures).float() - maps).square().mean()


@pytest.fixture
def learned(tiny):
    """A tiny HRNet after some steps with these settings, and its learner."""

    def learn(steps=2, **settings):
        torch.manual_seed(3)
        network = initialize(HRNet(tiny, 3))
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.weight, 1.0, 0.1)  # no block is the identity
        defaults = {"precision": "exact", "decay": 0.5}
        task = Maps()
        with Learner(network, task, Settings(Schedule(0.01, 10, warmup=0), **defaults | settings), CPU, Ranks()) as one:
            parts = one.settings.accumulate
            for step in range(steps):
                one.step(task.batch(step, part, parts) for part in range(parts))
        return one

    return learn


def gradient(learner):
    return torch.cat([p.grad.flatten() for p in learner.network.parameters()])


def difference(one, other):
    """The largest, of parameters and statistics."""
    one, other = one.network.state_dict(), other.network.state_dict()
    return max((one[name] - other[name]).abs().max().item() for name in one if one[name].is_floating_point())


@pytest.mark.parametrize("parts", [2, 4])
def test_parts_of_a_batch_give_the_step_of_the_whole_batch_when_statistics_are_frozen(learned, parts):
    whole = learned(freeze_statistics=True, steps=1)
    divided = learned(freeze_statistics=True, steps=1, accumulate=parts)
    assert divided.norm.item() == pytest.approx(whole.norm.item(), rel=1e-5)
    assert divided.loss.item() == pytest.approx(whole.loss.item(), rel=1e-6)
    one, other = (gradient(learner) for learner in (whole, divided))
    assert (one - other).norm() < 1e-5 * one.norm()


def test_with_statistics_of_the_batch_every_part_is_normalized_by_itself(learned):
    assert learned(steps=1, accumulate=2).norm.item() != pytest.approx(learned(steps=1).norm.item(), rel=1e-3)


def test_a_batch_that_cannot_be_divided_is_refused(learned):
    with pytest.raises(ValueError, match="a batch of 4 cannot be shared by 1 processes in 3 equal parts each"):
        learned(accumulate=3)


def test_recomputing_changes_no_number_and_no_statistic(learned):
    """Bit for bit, counters of batches included."""
    kept, recomputed = learned(steps=3), learned(steps=3, recompute=True)
    for part in ("network", "average"):
        one, other = (getattr(learner.checkpoint(), part) for learner in (kept, recomputed))
        for name, value in one.items():
            assert torch.equal(value, other[name]), name
    assert recomputed.network.bn1.num_batches_tracked == 3
    assert recomputed.network.stage3[0].branches[0][0].bn1.num_batches_tracked == 3


def test_recomputing_keeps_statistics_that_are_frozen(learned):
    kept, recomputed = (learned(freeze_statistics=True, recompute=r) for r in (False, True))
    assert difference(kept, recomputed) == 0
    assert recomputed.network.stage2[0].branches[0][0].bn1.num_batches_tracked == 0


def test_recomputing_keeps_less_than_a_third_of_the_activations(tiny):
    network = HRNet(replace(tiny, blocks=4), 3).train()  # as many as in every published layout
    pictures = torch.zeros(2, 3, 64, 64)
    own = {value.data_ptr() for value in network.state_dict().values()}

    def kept():
        """Bytes of what the forward pass saves for the backward pass."""
        held = {}

        def pack(tensor):
            held[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            output = network(pictures)
        assert output.requires_grad  # and all of it is still there
        return sum(size for place, size in held.items() if place not in own)

    usual = kept()
    with memory.recomputing(network):
        assert kept() < usual / 3
    assert kept() == usual  # and afterwards all is as before


def test_recomputing_needs_something_to_recompute():
    with pytest.raises(ValueError, match="no exchange units"), memory.recomputing(nn.Linear(1, 1)):
        pass


def test_a_network_is_judged_as_usual_while_it_recomputes(tiny):
    network, pictures = HRNet(tiny, 3).eval(), torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        usual = network(pictures)
        with memory.recomputing(network):
            assert torch.equal(network(pictures), usual)


def test_the_layout_changes_the_numbers_by_rounding_alone(learned):
    plain = learned(channels_last=False)
    assert plain.network.layer1[0].conv2.weight.is_contiguous()
    last = learned()
    assert last.network.layer1[0].conv2.weight.is_contiguous(memory_format=torch.channels_last)
    one, other = (gradient(learned(steps=1, channels_last=c)) for c in (False, True))
    assert 0 < (one - other).norm() < 1e-4 * one.norm()


def test_half_precision_is_used_and_near_to_single(learned):
    exact = learned(steps=1)
    for name, dtype, error in (("bf16", torch.bfloat16, 0.03), ("fp16", torch.float16, 0.01)):
        half = learned(steps=1, precision=name)
        assert half.precision == dtype
        assert half.loss.item() == pytest.approx(exact.loss.item(), rel=error)
        assert half.loss.item() != exact.loss.item()
        assert half.norm.item() == pytest.approx(exact.norm.item(), rel=5 * error)
        assert all(p.dtype == torch.float32 for p in half.network.parameters())


def test_only_fp16_scales_the_loss_and_its_scale_is_in_the_checkpoint(learned):
    assert learned(precision="bf16").checkpoint().scaler == {}
    one = learned(precision="fp16")
    saved = one.checkpoint()
    assert saved.scaler["scale"] == 65536 and saved.scaler["_growth_tracker"] == 2
    one.scaler.update(new_scale=8.0)
    other = learned(precision="fp16", steps=0)
    other.resume(one.checkpoint())
    assert other.scaler.get_scale() == 8 and other.done == 2


def test_a_step_that_overflows_in_fp16_is_left_out_and_the_scale_halved(learned):
    one = learned(precision="fp16", steps=1)
    before = {name: value.clone() for name, value in one.network.named_parameters()}
    one.scaler.update(new_scale=2.0**60)
    one.step([Maps().batch(1)])
    assert not math.isfinite(one.norm.item())
    assert one.health()[1] == ""  # no reason to stop
    assert all(torch.equal(value, before[name]) for name, value in one.network.named_parameters())
    assert one.scaler.get_scale() == 2.0**59
    one.scaler.update(new_scale=1e-5)
    assert "overflows in fp16 at any scale" in one.health()[1]


def test_frozen_parts_stay_and_parts_with_a_factor_go_slower(learned):
    start, end = learned(steps=0), learned(steps=1, freeze=("stem", "stage1"), factors={"trunk": 0.1}, weight_decay=0.0)
    assert [group["lr"] for group in end.optimizer.param_groups] == [0.001] * 2 + [0.01] * 2
    moved = {
        key: (value - start.network.state_dict()[key]).abs().max().item()
        for key, value in end.network.named_parameters()
    }
    assert moved["conv1.weight"] == moved["bn2.bias"] == moved["layer1.0.conv3.weight"] == 0
    assert moved["stage3.0.branches.0.0.conv1.weight"] == pytest.approx(0.001, rel=0.01)  # Adam's first step
    assert moved["final_layer.weight"] == pytest.approx(0.01, rel=0.01)
    assert end.network.bn1.num_batches_tracked == 0


def test_the_published_optimizer_can_be_chosen(learned):
    one = learned(optimizer="adam", weight_decay=None)
    assert type(one.optimizer) is torch.optim.Adam and one.optimizer.param_groups[0]["weight_decay"] == 0


def test_nothing_is_clipped_without_a_limit(learned):
    free, clipped = learned(steps=1, clip=None), learned(steps=1, clip=1e-3)
    assert free.norm.item() == pytest.approx(clipped.norm.item())

    assert gradient(free).norm().item() == pytest.approx(free.norm.item(), rel=1e-4)
    assert gradient(clipped).norm().item() == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.slow
def test_a_compiled_network_is_what_learns(learned, monkeypatch):
    """With torch's own tracing, but without the compiler behind it, which takes minutes."""
    compiled, compile = [], torch.compile

    def traced(module):
        compiled.append(module)
        return compile(module, backend="eager")

    monkeypatch.setattr(torch, "compile", traced)
    one, usual = learned(steps=2, compile=True), learned(steps=2)
    assert compiled == [one.network] and one.module is not one.network
    assert difference(one, usual) < 1e-6
    assert one.checkpoint().network.keys() == usual.checkpoint().network.keys()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"precision": "fp8"}, "no precision 'fp8'; choose one of auto, exact, bf16, fp16"),
        ({"decay": 1.0}, "decay is a number from 0 to below 1, got 1.0"),
        ({"clip": 0.0}, "above 0, or None for any, got 0.0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong, told):
    with pytest.raises(ValueError, match=told):
        Settings(Schedule(1e-3, 10), **wrong)


def test_without_memory_the_average_is_the_network_itself():
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    average = Average(network, decay=0.0)
    network(torch.randn(4, 2))
    nn.init.normal_(network[0].weight)
    average.update(network, 7)
    for name, value in network.state_dict().items():
        assert torch.equal(average.network.state_dict()[name], value)
