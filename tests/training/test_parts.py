import copy
import io
import re

import pytest
import torch
from torch import nn

from hrnet import places
from hrnet.network import HRNet, initialize
from hrnet.training import parts
from hrnet.training.ema import Average


@pytest.fixture
def network(tiny):
    torch.manual_seed(0)
    return initialize(HRNet(tiny, 3))


@pytest.fixture
def crops():
    return torch.randn(4, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def keys_of(network, names):
    """Keys of the parameters that freezing those parts takes the gradients from."""
    network = copy.deepcopy(network)
    parts.freeze(network, names)
    return {key for key, parameter in network.named_parameters() if not parameter.requires_grad}


def one_step(network, crops):
    network.train()
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(learning, lr=0.1)
    (network(crops) - 1).square().mean().backward()
    optimizer.step()


def test_the_coarse_parts_share_all_parameters_out(network):
    coarse = ("stem", "stage1", "stage2", "stage3", "stage4", "head")
    shares = [keys_of(network, name) for name in coarse]
    everything = [key for key, _ in network.named_parameters()]
    assert sorted(key for share in shares for key in share) == sorted(everything)
    assert keys_of(network, "trunk") == set(everything) - shares[-1]
    assert shares[-1] == {"final_layer.weight", "final_layer.bias"}


def test_a_stage_has_its_transition_its_units_their_branches_and_edges(network):
    stage = keys_of(network, "stage3")
    transition = {key for key, _ in network.named_parameters() if key.startswith("transition2.")}
    assert keys_of(network, "stage3.unit*") == stage - transition and transition
    inside = keys_of(network, ["stage3.unit0.branch0", "stage3.unit0.edge.0-2"])
    assert {key.split(".")[2] for key in inside} == {"branches", "fuse_layers"}
    assert all(key.startswith(("stage3.0.branches.0.", "stage3.0.fuse_layers.2.0.")) for key in inside)


def test_the_names_are_those_of_the_places_in_the_network(network):
    seen = {name for name in places.places(network) if ".out." not in name}
    of_itself = {name for name in seen if re.search(r"edge\.(\d)-\1$", name)}  # has no parameters
    fine = {name for name in parts.names(network) if ".unit" in name and re.search("branch|edge", name)}
    assert fine | {"stem", "stage1", "head"} == seen - of_itself


def test_frozen_parts_answer_after_a_step_as_before_and_the_others_learn(network, crops):
    parts.freeze(network, ["stem", "stage1"])
    before = copy.deepcopy(network.state_dict())
    one_step(network, crops)
    for key, value in network.state_dict().items():
        frozen = key.startswith(("conv1.", "bn1.", "conv2.", "bn2.", "layer1."))
        if frozen or key.endswith("running_mean"):
            assert torch.equal(value, before[key]) == frozen, key
    assert not torch.equal(network.final_layer.bias, before["final_layer.bias"])


def test_statistics_stay_in_training_while_scales_and_offsets_learn(network, crops):
    parts.freeze_statistics(network)
    before = copy.deepcopy(network.state_dict())
    one_step(network, crops)
    after = network.state_dict()
    assert network.training and list(after) == list(before)
    statistics = [key for key in after if "running_" in key or "num_batches" in key]
    assert statistics and all(torch.equal(after[key], before[key]) for key in statistics)
    learned = "stage4.1.branches.0.0.bn2.weight", "stage4.1.branches.0.0.bn2.bias"
    assert not any(torch.equal(after[key], before[key]) for key in learned)


def test_with_statistics_that_stay_training_answers_as_prediction_does(network, crops):
    with torch.no_grad():
        network.train()(crops)  # statistics of its own
        predicted = network.eval()(crops)
        assert not torch.allclose(copy.deepcopy(network).train()(crops), predicted, atol=1e-6)
        parts.freeze_statistics(network)
        assert torch.equal(network.train()(crops), predicted)
        assert torch.equal(network.train()(crops[:1]), network.eval()(crops[:1]))


def test_copies_and_files_of_a_network_keep_their_statistics_too(network, crops):
    parts.freeze_statistics(network)
    file = io.BytesIO()
    torch.save(network, file)
    file.seek(0)
    for other in (copy.deepcopy(network), torch.load(file, weights_only=False), Average(network, 0.9).network):
        other.train()(crops)
        assert not other.bn1.training and torch.equal(other.bn1.running_mean, network.bn1.running_mean)


def test_optimizers_made_before_hold_on_to_the_same_parameters(network):
    before = [id(parameter) for parameter in network.parameters()]
    parts.freeze_statistics(network)
    parts.freeze(network, "stem")
    assert [id(parameter) for parameter in network.parameters()] == before


def test_factors_go_by_part_and_a_later_name_overrides(network):
    found = parts.factors(network, {"trunk": 0.1, "stage4": 0.5, "head": 2})
    assert list(found) == [key for key, _ in network.named_parameters()]
    assert found["conv1.weight"] == 0.1 and found["final_layer.bias"] == 2
    assert found["stage4.0.branches.0.0.conv1.weight"] == found["transition3.3.0.0.weight"] == 0.5
    assert set(parts.factors(network, {"head": 3.0}).values()) == {1.0, 3.0}


@pytest.mark.parametrize("factor", [0, -1, float("nan"), float("inf")])
def test_a_factor_that_learns_nothing_or_backward_is_refused(network, factor):
    with pytest.raises(ValueError, match="learning rate of head is multiplied by a factor above 0"):
        parts.factors(network, {"head": factor})


@pytest.mark.parametrize("wrong", ["stage5", "neck", "stage3.unit7", "stage3.unit0.edge.1-1", "conv1"])
def test_a_part_that_does_not_exist_is_refused_in_one_line_with_those_that_do(network, wrong):
    for call in (lambda: parts.freeze(network, ["stem", wrong]), lambda: parts.factors(network, {wrong: 0.1})):
        with pytest.raises(ValueError, match=f"no part '{re.escape(wrong)}'") as error:
            call()
        assert "trunk, stem, stage1, stage2, stage3, stage4, head" in str(error.value)
        assert "stage2.unit0" in str(error.value) and "\n" not in str(error.value)
    assert all(parameter.requires_grad for parameter in network.parameters())  # nothing was frozen by half


def test_parts_of_another_network_are_its_children():
    network = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 1))
    assert parts.names(network) == ["0", "1", "3"]
    parts.freeze(network, "1")
    before = network[1].running_mean.clone()
    network.train()(torch.randn(8, 2))
    assert torch.equal(network[1].running_mean, before) and network[0].weight.requires_grad
    with pytest.raises(ValueError, match="no part 'head'; its parts are 0, 1, 3$"):
        parts.freeze(network, "head")


def test_nothing_named_is_nothing_frozen(network):
    parts.freeze(network, ())
    assert all(parameter.requires_grad for parameter in network.parameters()) and type(network.bn1) is nn.BatchNorm2d
