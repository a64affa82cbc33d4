from pathlib import Path

import numpy as np
import pytest
import torch

from hrnet.training.loss import emphasized_mse, joint_mse, location_entropy
from hrnet.training.pose import PoseLoss

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="module")
def published():
    with np.load(GOLDEN / "loss.npz") as arrays:
        return dict(arrays)


@pytest.fixture
def maps():
    """Random output, a target with a peak in every map but the last, weights."""
    rng = np.random.default_rng(0)
    target = rng.random((3, 4, 6, 5)) ** 8
    target[:, 3] = 0
    weights = rng.random((3, 4))
    weights[0, 1] = 0
    return rng.normal(0, 0.3, target.shape), target, weights


def tensors(*arrays):
    return [torch.tensor(array, dtype=torch.float64) for array in arrays]


@pytest.mark.parametrize("weighted", [True, False])
def test_joint_mse_and_its_gradient_are_the_published_ones(published, weighted):
    name = "joints_mse_weighted" if weighted else "joints_mse_plain"
    output = torch.tensor(published["output"], requires_grad=True)
    weights = torch.tensor(published["target_weight"][..., 0]) if weighted else torch.ones(output.shape[:2])
    loss = joint_mse(output, torch.tensor(published["target"]), weights)
    loss.backward()
    np.testing.assert_allclose(loss.item(), published[name], rtol=1e-5)
    np.testing.assert_allclose(output.grad.numpy(), published[f"grad_{name}"], rtol=1e-4, atol=1e-9)


def test_weights_of_joint_mse_act_squared(published):
    output, target = (torch.tensor(published[name]) for name in ("output", "target"))
    ones = torch.ones(output.shape[:2])
    assert joint_mse(output, target, 1.5 * ones).item() == pytest.approx(2.25 * joint_mse(output, target, ones).item())


@pytest.mark.parametrize("emphasis", [0.0, 10.0])
def test_emphasized_mse_is_the_sum_written_out(maps, emphasis):
    output, target, weights = maps
    total = 0.0
    for n in range(3):
        for k in range(4):
            errors = [
                (output[n, k, y, x] - target[n, k, y, x]) ** 2 * (1 + emphasis * target[n, k, y, x])
                for y in range(6)
                for x in range(5)
            ]
            total += 0.5 * weights[n, k] * sum(errors) / 30
    assert emphasized_mse(*tensors(*maps), emphasis).item() == pytest.approx(total / 12, rel=1e-12)


def test_without_emphasis_and_with_weights_of_one_both_squared_errors_are_the_same(maps):
    output, target, _ = tensors(*maps)
    ones = torch.ones(3, 4)
    assert emphasized_mse(output, target, ones, 0.0).item() == pytest.approx(joint_mse(output, target, ones).item())


def test_location_entropy_is_the_sum_written_out(maps):
    output, target, weights = maps
    total, trust = 0.0, 0.0
    for n in range(3):
        for k in range(4):
            trust += weights[n, k]
            if target[n, k].sum() > 0:
                logits = 10 * output[n, k]
                share = np.exp(logits) / np.exp(logits).sum()
                total -= weights[n, k] * (target[n, k] / target[n, k].sum() * np.log(share)).sum()
    assert location_entropy(*tensors(*maps)).item() == pytest.approx(total / trust, rel=1e-12)


def test_location_entropy_does_not_care_how_high_the_whole_map_lies(maps):
    output, target, weights = tensors(*maps)
    lifted = location_entropy(output + 3, target, weights).item()
    assert lifted == pytest.approx(location_entropy(output, target, weights).item(), rel=1e-9)


def test_location_entropy_falls_to_that_of_the_target_when_the_answer_is_right(maps):
    _, target, weights = tensors(*maps)
    target[:, 3] = 0.5
    chosen = target / target.sum(dim=(-2, -1), keepdim=True)
    own = -(chosen * chosen.log()).sum(dim=(-2, -1))
    right = location_entropy(chosen.log() / 10, target, weights).item()
    assert right == pytest.approx(((own * weights).sum() / weights.sum()).item(), rel=1e-9)


@pytest.mark.parametrize("loss", [joint_mse, emphasized_mse, location_entropy])
def test_a_joint_of_no_weight_has_no_gradient_and_no_weight_at_all_is_no_error(maps, loss):
    output, target, weights = tensors(*maps)
    output.requires_grad_()
    loss(output, target, weights).backward()
    assert output.grad[0, 1].abs().max() == 0 < output.grad[0, 0].abs().max()
    assert loss(output, target, 0 * weights).item() == 0


def test_the_pose_loss_weighs_height_and_place_and_pulls_maps_of_absent_joints_toward_zero(maps):
    output, target, weights = tensors(*maps)
    drawn = torch.ones(3, 4, dtype=torch.float64)
    drawn[:, 3] = 0
    weights = weights * drawn
    found = PoseLoss(height=7.0, place=3.0, emphasis=2.0, sharpness=5.0, absent=0.25)(output, target, weights, drawn)
    expected = 7 * emphasized_mse(output, target, weights + 0.25 * (1 - drawn), 2.0)
    expected = expected + 3 * location_entropy(output, target, weights, 5.0)
    assert found.item() == pytest.approx(expected.item(), rel=1e-12)
    output.requires_grad_()
    PoseLoss()(output, target, weights, drawn).backward()
    # 300 * half of .1 * twice the output, over 30 pixels and 12 maps
    np.testing.assert_allclose(output.grad[:, 3], 300 * 0.1 * output[:, 3].detach() / 360, rtol=1e-9)
