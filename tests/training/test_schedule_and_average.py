import math

import pytest
import torch
from torch import nn

from hrnet.training.ema import Average
from hrnet.training.schedule import Schedule


def test_the_rate_warms_up_in_a_straight_line_from_the_first_step_on():
    schedule = Schedule(1.0, 1000, warmup=9, decay_from=0.5)
    assert [schedule.at(step) for step in range(10)] == pytest.approx([0.1 * (step + 1) for step in range(10)])


def test_the_plateau_lasts_to_where_the_descent_begins():
    schedule = Schedule(0.002, 1000, warmup=10, decay_from=0.4)
    assert schedule.at(10) == schedule.at(200) == schedule.at(400) == 0.002
    assert schedule.at(401) < 0.002


def test_the_descent_is_a_cosine_down_to_the_floor():
    schedule = Schedule(1.0, 100, warmup=0, floor=0.1)
    assert schedule.at(0) == 1
    assert schedule.at(25) == pytest.approx(0.1 + 0.9 * (1 + math.cos(math.pi / 4)) / 2)
    assert schedule.at(50) == pytest.approx(0.55)
    assert schedule.at(100) == schedule.at(5000) == pytest.approx(0.1)
    rates = [schedule.at(step) for step in range(100)]
    assert rates == sorted(rates, reverse=True)


@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"peak": 0.0}, {"peak": -1.0}, {"decay_from": 1.0}, {"decay_from": -0.1}, {"warmup": -1}]
)
def test_numbers_that_make_no_schedule_are_refused(wrong):
    with pytest.raises(ValueError, match="a schedule needs"):
        Schedule(**{"peak": 1.0, "steps": 10} | wrong)


@pytest.fixture
def network():
    return nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))


def shifted(network, by):
    with torch.no_grad():
        for value in network.state_dict().values():
            value.add_(by)


def test_the_average_moves_by_one_minus_decay_and_faster_in_the_beginning(network):
    start = {name: value.clone() for name, value in network.state_dict().items()}
    average = Average(network, decay=0.9)
    for step, moved in ((0, 1 - 1 / 10), (8, 1 - 9 / 18), (10_000, 1 - 0.9)):
        average.network.load_state_dict(start)
        network.load_state_dict(start)
        shifted(network, 1)
        average.update(network, step)
        for name, value in average.network.state_dict().items():
            if value.is_floating_point():
                torch.testing.assert_close(value, start[name] + moved)


def test_running_statistics_are_averaged_and_counters_copied(network):
    average = Average(network, decay=0.5)
    network.train()(torch.randn(8, 2) + 5)
    average.update(network, 10**6)
    state = average.network.state_dict()
    torch.testing.assert_close(state["1.running_mean"], network[1].running_mean / 2)
    assert state["1.num_batches_tracked"] == 1


def test_the_average_is_its_own_network_that_answers_as_in_prediction_and_learns_nothing(network):
    average = Average(network.train(), decay=0.5)
    before = average.network.state_dict()["0.weight"].clone()
    shifted(network, 1)
    torch.testing.assert_close(average.network.state_dict()["0.weight"], before)
    assert not average.network.training and network.training
    assert not any(parameter.requires_grad for parameter in average.network.parameters())


def test_a_network_that_stands_still_is_its_own_average(network):
    average = Average(network, decay=0.99)
    for step in range(50):
        average.update(network, step)
    for name, value in network.state_dict().items():
        torch.testing.assert_close(average.network.state_dict()[name], value)
