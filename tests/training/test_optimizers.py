import copy

import pytest
import torch
from torch import nn

from hrnet.network import HRNet, initialize
from hrnet.training import parts
from hrnet.training.optimizer import OPTIMIZERS, build


@pytest.fixture
def network(tiny):
    torch.manual_seed(0)
    return initialize(HRNet(tiny, 3))


def few_steps(network, optimizer, count=2):
    generator = torch.Generator().manual_seed(7)
    network.train()
    for _ in range(count):
        crops = torch.randn(2, 3, 64, 64, generator=generator)
        optimizer.zero_grad()
        (network(crops) - 1).square().mean().backward()
        optimizer.step()
    return network.state_dict()


def assert_close(one, other):
    for key, value in one.items():
        torch.testing.assert_close(value, other[key], rtol=1e-4, atol=1e-6, msg=key)


def test_adam_is_the_published_one_all_parameters_in_one_group_without_weight_decay(network):
    twin = copy.deepcopy(network)
    ours = build(network, "adam")
    (group,) = ours.param_groups
    assert (type(ours), group["lr"], group["weight_decay"]) == (torch.optim.Adam, 1e-3, 0)
    assert [id(p) for p in group["params"]] == [id(p) for p in network.parameters()]
    assert_close(few_steps(network, ours), few_steps(twin, torch.optim.Adam(twin.parameters(), lr=1e-3)))


def test_adamw_as_published_decays_everything_in_one_group(network):
    twin = copy.deepcopy(network)
    ours = build(network, "adamw", spare=False)
    (group,) = ours.param_groups
    assert (type(ours), group["lr"], group["weight_decay"]) == (torch.optim.AdamW, 3e-4, 1e-4)
    theirs = torch.optim.AdamW(twin.parameters(), lr=3e-4, weight_decay=1e-4)
    assert_close(few_steps(network, ours), few_steps(twin, theirs))


def older(network):
    """The optimizer of runs begun before there was a choice."""
    matrices = [p for p in network.parameters() if p.ndim > 1]
    vectors = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=2e-3, fused=True)


def test_adamw_with_biases_and_norms_spared_is_that_of_older_checkpoints_and_goes_on_from_them(network):
    twin = copy.deepcopy(network)
    theirs, ours = older(twin), build(network, "adamw", 2e-3, 0.01)
    assert ours.state_dict()["param_groups"] == theirs.state_dict()["param_groups"]
    few_steps(twin, theirs)
    network.load_state_dict(twin.state_dict())
    ours.load_state_dict(copy.deepcopy(theirs.state_dict()))
    one, other = few_steps(network, ours), few_steps(twin, theirs)
    assert all(torch.equal(value, other[key]) for key, value in one.items())


def test_weight_decay_spares_biases_and_norms_where_it_is_asked_to(network):
    decayed, spared = build(network, weight_decay=0.3).param_groups
    assert decayed["weight_decay"] == 0.3 and {p.ndim for p in decayed["params"]} == {4}
    assert spared["weight_decay"] == 0 and {p.ndim for p in spared["params"]} == {1}
    assert any(p is network.final_layer.bias for p in spared["params"])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_parts_learn_at_their_own_rates_and_say_so(network, name):
    optimizer = build(network, name, 1e-2, parts={"trunk": 0.1, "head": 1.0})
    seen = {}
    for group in optimizer.param_groups:
        assert group["lr"] == pytest.approx(1e-2 * group["factor"])
        seen |= {id(parameter): group["factor"] for parameter in group["params"]}
    assert len(seen) == len(list(network.parameters()))
    for key, parameter in network.named_parameters():
        assert seen[id(parameter)] == (1.0 if key.startswith("final_layer") else 0.1), key


def test_the_first_step_of_adam_moves_a_part_with_factor_a_tenth_a_tenth_as_far(network):
    """Whatever the gradient, Adam's first step is as long as its rate."""
    before = copy.deepcopy(network.state_dict())
    after = few_steps(network, build(network, "adam", 1e-3, parts={"trunk": 0.1}), count=1)
    moved = {key: (after[key] - before[key]).abs().max().item() for key in ("final_layer.weight", "conv1.weight")}
    assert moved["final_layer.weight"] == pytest.approx(1e-3, rel=1e-2)
    assert moved["conv1.weight"] == pytest.approx(1e-4, rel=1e-2)


def test_what_is_frozen_is_left_out(network):
    parts.freeze(network, "trunk")
    optimizer = build(network, "adamw", parts={"head": 0.5})
    inside = [id(parameter) for group in optimizer.param_groups for parameter in group["params"]]
    assert inside == [id(network.final_layer.weight), id(network.final_layer.bias)]
    assert all(group["params"] and group["factor"] == 0.5 for group in optimizer.param_groups)
    before = copy.deepcopy(network.state_dict())
    after = few_steps(network, optimizer)
    assert [key for key in after if not torch.equal(after[key], before[key])] == [
        "final_layer.weight",
        "final_layer.bias",
    ]


def test_the_step_is_fused_where_the_device_has_that():
    assert build(nn.Linear(2, 2), "adam").defaults["fused"] is True
    assert not build(nn.Linear(2, 2, device="meta"), "adam").defaults["fused"]


def test_what_cannot_be_built_is_refused_in_one_line(network):
    with pytest.raises(ValueError, match="no optimizer 'sgd'; choose one of adam, adamw"):
        build(network, "sgd")
    with pytest.raises(ValueError, match="adam takes no weight decay, got 0.0001.*or take adamw"):
        build(network, "adam", weight_decay=1e-4)
    with pytest.raises(ValueError, match="no part 'neck'"):
        build(network, "adam", parts={"neck": 0.1})
    parts.freeze(network, ["trunk", "head"])
    with pytest.raises(ValueError, match="every parameter of the network is frozen"):
        build(network)
