import pytest
import torch
from torch.optim.lr_scheduler import ChainedScheduler, CosineAnnealingLR, LinearLR, MultiStepLR

from hrnet.training.schedule import Schedule, StepSchedule, WarmUp, epochs, first_epoch


def torch_rates(make, peak, steps):
    """What a scheduler of torch gives to step 0, 1, 2 ... when it is asked once a step."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=peak)
    scheduler = make(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def rates(schedule, steps):
    return [schedule.at(step) for step in range(steps)]


def test_steps_are_those_of_multi_step_lr():
    ours = StepSchedule(1e-3, 210, drops=(170, 200))
    theirs = torch_rates(lambda optimizer: MultiStepLR(optimizer, [170, 200], gamma=0.1), 1e-3, 210)
    assert rates(ours, 210) == pytest.approx(theirs, rel=1e-12)
    assert [ours.at(step) for step in (169, 170, 199, 200)] == pytest.approx([1e-3, 1e-4, 1e-4, 1e-5])


def test_steps_behind_a_warm_up_are_those_of_linear_lr_and_multi_step_lr_together():
    """The walkthrough's: a line from 1/1000 during the first epoch of 30 steps, drops at epochs 7 and 9 of 10."""
    warmup = first_epoch(samples=30 * 4 - 3, batch=4)
    ours = WarmUp(StepSchedule(1e-3, 300, drops=(210, 270)), warmup)

    def together(optimizer):
        line = LinearLR(optimizer, start_factor=1 / 1000, end_factor=1.0, total_iters=29)
        return ChainedScheduler([line, MultiStepLR(optimizer, [210, 270], gamma=0.1)])

    assert warmup == 29
    assert rates(ours, 300) == pytest.approx(torch_rates(together, 1e-3, 300), rel=1e-9)
    assert (ours.at(0), ours.at(29)) == (pytest.approx(1e-6), 1e-3)


def test_the_cosine_to_1e_6_is_that_of_cosine_annealing_lr():
    theirs = torch_rates(lambda optimizer: CosineAnnealingLR(optimizer, T_max=500, eta_min=1e-6), 3e-4, 501)
    ours = Schedule(3e-4, 500, warmup=0)
    assert rates(ours, 501) == pytest.approx(theirs, rel=1e-9)
    assert ours.at(500) == pytest.approx(1e-6)


def test_the_cosine_behind_a_warm_up_is_the_product_of_both():
    """Torch's own chain would not be: the recursive form of its cosine takes the warm-up for a part of the descent."""
    line = torch_rates(lambda optimizer: LinearLR(optimizer, 1 / 1000, 1.0, total_iters=100), 1.0, 400)
    cosine = torch_rates(lambda optimizer: CosineAnnealingLR(optimizer, T_max=400, eta_min=1e-6), 3e-4, 400)
    ours = WarmUp(Schedule(3e-4, 400, warmup=0), 100)
    assert rates(ours, 400) == pytest.approx([a * b for a, b in zip(line, cosine, strict=True)], rel=1e-9)
    assert (ours.steps, ours.peak) == (400, 3e-4)


def test_the_published_schedule_of_coco_has_its_steps_and_drops():
    schedule = StepSchedule.published(samples=149_813, batch=128)
    epoch = 1171  # 149,813 / 128 is 1170.4
    assert (schedule.steps, schedule.drops) == (210 * epoch, (170 * epoch, 200 * epoch))
    assert schedule.at(170 * epoch - 1) == 1e-3 and schedule.at(170 * epoch) == pytest.approx(1e-4)


@pytest.mark.parametrize("early", [True, False])
def test_the_official_loop_drops_one_epoch_early_on_a_modern_torch(early):
    """It steps its scheduler before every epoch instead of behind it. Here an epoch has one step."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1e-3)
    scheduler = MultiStepLR(optimizer, [170, 200], gamma=0.1)
    optimizer.step()  # or torch would warn of the order
    seen = []
    for _ in range(210):
        if early:
            scheduler.step()
        seen.append(optimizer.param_groups[0]["lr"])
        if not early:
            scheduler.step()
    schedule = StepSchedule.published(samples=1, batch=1, early=early)
    assert rates(schedule, 210) == pytest.approx(seen) and seen.count(seen[0]) == (169 if early else 170)


def test_epochs_count_the_last_and_smaller_batch():
    assert epochs(1, 100, 32) == 4 and epochs(3, 100, 32) == 12 and epochs(2, 96, 32) == 6
    assert first_epoch(100, 32) == 3 and first_epoch(20, 32) == 0 and first_epoch(149_813, 32) == 1000


def test_no_warm_up_has_the_full_rate_at_once():
    assert WarmUp(Schedule(1.0, 10, warmup=0), 0).at(0) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"peak": 0.0},
        {"factor": 0.0},
        {"factor": 2.0},
        {"drops": (5, 5)},
        {"drops": (7, 3)},
        {"drops": (0,)},
    ],
)
def test_numbers_that_make_no_steps_are_refused(wrong):
    with pytest.raises(ValueError, match="a schedule needs steps"):
        StepSchedule(**{"peak": 1.0, "steps": 10, "drops": (5,)} | wrong)


@pytest.mark.parametrize("wrong", [{"warmup": -1}, {"start": 0.0}, {"start": 1.5}])
def test_numbers_that_make_no_warm_up_are_refused(wrong):
    with pytest.raises(ValueError, match="a warm-up needs"):
        WarmUp(Schedule(1.0, 10), **{"warmup": 2} | wrong)


@pytest.mark.parametrize("wrong", [(0, 10, 2), (1, 0, 2), (1, 10, 0)])
def test_no_epochs_of_nothing(wrong):
    with pytest.raises(ValueError, match="numbers from 1"):
        epochs(*wrong)
