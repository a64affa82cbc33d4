from pathlib import Path

import numpy as np
import pytest
import torch

from hrnet.skeleton import AP10K_17, COCO_17, CROWDPOSE_14, MPII_16, Skeleton
from hrnet.training.loss import emphasized_mse, hard_joints_mse, joint_mse, offset_mse
from hrnet.training.objective import HardJoints, JointMSE, OffsetMSE, PerJoint, joint_factors
from hrnet.training.pose import PoseLoss

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="module")
def published():
    with np.load(GOLDEN / "loss.npz") as arrays:
        return dict(arrays)


@pytest.fixture
def maps(published):
    """Output, target, weights, drawn in double precision, the output with gradient."""
    weights = torch.tensor(published["target_weight"][..., 0]).double()
    output, target = (torch.tensor(published[name]).double() for name in ("output", "target"))
    return output.requires_grad_(), target, weights, (weights > 0).double()


@pytest.mark.parametrize("weighted", [True, False])
def test_the_hardest_joints_cost_what_they_cost_in_the_published_code_and_so_does_the_gradient(published, weighted):
    name = "ohkm_top3_weighted" if weighted else "ohkm_top3_plain"
    output = torch.tensor(published["output"], requires_grad=True)
    weights = torch.tensor(published["target_weight"][..., 0]) if weighted else torch.ones(output.shape[:2])
    loss = HardJoints(top=3)(output, torch.tensor(published["target"]), weights, torch.ones_like(weights))
    loss.backward()
    np.testing.assert_allclose(loss.item(), published[name], rtol=1e-5)
    np.testing.assert_allclose(output.grad.numpy(), published[f"grad_{name}"], rtol=1e-4, atol=1e-9)


def test_all_joints_are_as_hard_as_the_plain_loss(maps):
    output, target, weights, _ = maps
    assert hard_joints_mse(output, target, weights, 5).item() == pytest.approx(
        joint_mse(output, target, weights).item()
    )


def test_of_every_person_only_the_hardest_joints_have_a_gradient(maps):
    output, target, weights, drawn = maps
    HardJoints(top=2)(output, target, weights, drawn).backward()
    costs = ((output - target) * weights[..., None, None]).square().mean(dim=(-2, -1))
    learned = output.grad.abs().amax(dim=(-2, -1)) > 0
    for person in range(3):
        chosen = set(costs[person].argsort(descending=True)[:2].tolist())
        assert set(learned[person].nonzero().flatten().tolist()) <= chosen
    assert learned.sum() >= 4


@pytest.mark.parametrize("top", [0, 6])
def test_more_joints_than_there_are_cannot_be_the_hardest(maps, top):
    with pytest.raises(ValueError, match=f"hardest {top} of 5 joints"):
        HardJoints(top)(*maps)


def test_offset_maps_cost_what_they_cost_in_the_published_code(published):
    output, target = (torch.tensor(published[f"offset_{name}"]) for name in ("output", "target"))
    weights = torch.tensor(published["target_weight"][..., 0])
    discs, ways = offset_mse(output, target, weights)
    np.testing.assert_allclose(discs.item(), published["udp_offset_loss_heatmap"], rtol=1e-5)
    np.testing.assert_allclose(ways.item(), published["udp_offset_loss_offset"], rtol=1e-5)
    whole = OffsetMSE()(output, target, weights, torch.ones_like(weights))
    assert whole.item() == pytest.approx(discs.item() + ways.item(), rel=1e-6)


def test_offsets_are_learned_inside_of_the_true_disc_alone():
    rng = np.random.default_rng(1)
    target = torch.tensor(rng.normal(size=(2, 6, 5, 4)))
    target[:, ::3] = torch.tensor(rng.random((2, 2, 5, 4)) < 0.3)
    output = torch.tensor(rng.normal(size=(2, 6, 5, 4)), requires_grad=True)
    OffsetMSE()(output, target, torch.ones(2, 2).double(), torch.ones(2, 2)).backward()
    for axis in (1, 2):
        assert torch.equal(output.grad[:, axis::3] != 0, target[:, ::3] == 1)


@pytest.mark.parametrize("objective", [JointMSE(), HardJoints(2), PerJoint(JointMSE(), (1, 1.2, 1.5, 1, 0.5))])
def test_gradients_are_those_of_small_differences(maps, objective):
    output, target, weights, drawn = (
        tensor[:2, :, :3, :3].detach() if tensor.ndim == 4 else tensor[:2] for tensor in maps
    )
    assert torch.autograd.gradcheck(lambda x: objective(x, target, weights, drawn), output.clone().requires_grad_())


def test_gradients_of_offset_maps_are_those_of_small_differences():
    rng = np.random.default_rng(2)
    output, target = (torch.tensor(rng.normal(size=(2, 6, 3, 3))) for _ in range(2))
    weights = torch.tensor(rng.random((2, 2)))
    assert torch.autograd.gradcheck(lambda x: OffsetMSE()(x, target, weights, weights), output.requires_grad_())


def test_the_losses_of_mmpose_and_of_the_walkthrough_are_multiples_of_ours_with_weights_that_act_once(published, maps):
    output, target, weights, _ = maps
    plain = torch.ones_like(weights)
    once = emphasized_mse(output, target, weights, emphasis=0.0).item()
    assert 2 * joint_mse(output, target, plain).item() == pytest.approx(float(published["mm1_keypoint_mse_plain"]))
    assert 2 * once == pytest.approx(float(published["mm1_keypoint_mse_weighted"]))
    assert 2 * 5 * once == pytest.approx(float(published["wzm_kploss"]))


def test_factors_by_name_are_the_published_ones_of_coco_and_mpii():
    assert joint_factors(COCO_17) == (1, 1, 1, 1, 1, 1, 1, 1.2, 1.2, 1.5, 1.5, 1, 1, 1.2, 1.2, 1.5, 1.5)
    assert joint_factors(MPII_16) == (1.5, 1.2, 1, 1, 1.2, 1.5, 1, 1, 1, 1, 1.5, 1.2, 1, 1, 1.2, 1.5)
    assert joint_factors(COCO_17) == COCO_17.weights and joint_factors(MPII_16) == MPII_16.weights


def test_factors_go_by_name_in_any_skeleton():
    assert joint_factors(CROWDPOSE_14) == (1, 1, 1.2, 1.2, 1.5, 1.5, 1, 1, 1.2, 1.2, 1.5, 1.5, 1, 1)
    assert joint_factors(Skeleton.of(["L_Wrist", "tail", "Rknee"])) == (1.5, 1, 1.2)
    assert joint_factors(AP10K_17)[5:8] == (1, 1.2, 1)  # shoulder, elbow, and a paw is no wrist


def test_a_factor_multiplies_the_weight_and_so_acts_squared_in_the_published_loss(maps):
    output, target, weights, drawn = maps
    factors = (1.5, 1, 1, 1.2, 1)
    PerJoint(JointMSE(), factors)(output, target, weights, drawn).backward()
    weighed = output.grad.clone()
    output.grad = None
    JointMSE()(output, target, weights, drawn).backward()
    squares = torch.tensor(factors).double().square()[None, :, None, None]
    torch.testing.assert_close(weighed, output.grad * squares)


def test_factors_go_with_every_objective_and_must_be_one_for_each_joint(maps):
    output, target, weights, drawn = maps
    factors = torch.tensor([1.5, 1, 1, 1.2, 1]).double()
    for objective in (HardJoints(2), PoseLoss()):
        found = PerJoint(objective, factors.tolist())(output, target, weights, drawn).item()
        assert found == pytest.approx(objective(output, target, weights * factors, drawn).item(), rel=1e-12)
    with pytest.raises(ValueError, match="17 factors were given for 5 joints"):
        PerJoint(JointMSE(), COCO_17.weights)(output, target, weights, drawn)
