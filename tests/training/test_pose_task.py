"""What the pose network learns from: batches, shares of them, inputs and costs."""

import numpy as np
import pytest
import torch
from made_people import made_set

from hrnet.augment import presets
from hrnet.data.cache import PhotoCache
from hrnet.data.sampler import Mixture
from hrnet.network import HRNet, initialize
from hrnet.skeleton import COCO_17
from hrnet.spec import ModelSpec
from hrnet.training.loss import joint_mse
from hrnet.training.objective import JointMSE
from hrnet.training.pose import PoseTask
from hrnet.weights.checkpoint import Metadata

TINY = ModelSpec("tiny", width=4, stem=16, bottleneck=8, stage1_blocks=1, modules=(1, 1, 2), blocks=1)
CPU = torch.device("cpu")
SIZE = (64, 64)


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    folder = tmp_path_factory.mktemp("set")
    poses = made_set(folder, [(i, "made", "train", 2) for i in range(1, 5)])
    photos = PhotoCache.of(poses.photos, folder / "cache")
    rule = presets.strong.rule
    metadata = Metadata("pose", TINY, COCO_17, SIZE, rule, "udp")
    mixture = Mixture([range(8)], [1.0], 6, seed=3)
    steps = presets.strong.augment
    return PoseTask(poses, photos, mixture, 6, steps, metadata, 1.5, "udp", judge=(poses, photos), loss=JointMSE())


def parts(crops):
    return crops.pixels, crops.keypoints, crops.confidence


def test_a_batch_depends_on_its_step_alone(task):
    for one, again, other in zip(*(parts(task.batch(step)) for step in (4, 4, 5)), strict=True):
        np.testing.assert_array_equal(one, again)
        assert one.shape == other.shape
    assert not np.array_equal(task.batch(4).pixels, task.batch(5).pixels)


@pytest.mark.parametrize("ranks", [2, 3])
def test_shares_of_a_batch_are_its_rows_dealt_out_in_turn(task, ranks):
    whole = parts(task.batch(7))
    for rank in range(ranks):
        for share, all_rows in zip(parts(task.batch(7, rank, ranks)), whole, strict=True):
            np.testing.assert_array_equal(share, all_rows[rank::ranks])


def test_the_loss_is_the_cost_of_the_answer_to_the_inputs(task):
    torch.manual_seed(0)
    network = initialize(HRNet(TINY, len(COCO_17))).eval()
    batch = task.batch(0)
    inputs = task.inputs(batch, CPU)
    assert inputs.shape == (6, 3, *SIZE) and abs(float(inputs.mean())) < 3
    output = network(inputs)
    assert torch.equal(task.loss(network, batch, CPU), task.cost(output, batch, CPU))


def test_a_right_answer_costs_nothing_and_the_objective_is_the_one_that_was_given(task):
    batch = task.batch(0)
    seen = {}

    def note(output, target, weights, drawn):
        seen.update(target=target, weights=weights, drawn=drawn)
        return joint_mse(output, target, weights)

    asked, task.pose_loss = task.pose_loss, note
    try:
        task.cost(torch.zeros(6, 17, 16, 16), batch, CPU)
        assert float(task.cost(seen["target"], batch, CPU)) == 0
    finally:
        task.pose_loss = asked
    assert seen["target"].shape == (6, 17, 16, 16)
    np.testing.assert_array_equal(seen["weights"], seen["drawn"] * torch.from_numpy(batch.confidence))
