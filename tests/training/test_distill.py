import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from hrnet import weights
from hrnet.geometry import OFFICIAL, UDP
from hrnet.network import HRNet, initialize
from hrnet.skeleton import COCO_17, MPII_16
from hrnet.training.distill import Distillation
from hrnet.training.objective import HardJoints
from hrnet.weights.checkpoint import Metadata

CPU = torch.device("cpu")
SIZE = (64, 64)


@pytest.fixture
def metadata(tiny):
    return Metadata(role="pose", spec=tiny, skeleton=COCO_17, input_size=SIZE, rule=UDP)


class Labels:
    """What the distillation needs of a PoseTask; its labels want zeros everywhere."""

    batch_size = 2

    def __init__(self, metadata):
        self.metadata, self.asked, self.skipped = metadata, [], {"3.jpg": "no picture"}

    def batch(self, step, rank=0, ranks=1):
        self.asked.append((step, rank, ranks))
        return np.random.default_rng(step).normal(size=(2, 3, *SIZE)).astype(np.float32)

    def inputs(self, batch, device):
        return torch.from_numpy(batch).to(device)

    def cost(self, output, batch, device):
        return output.float().square().mean()

    def validate(self, network, device):
        return {"AP": 0.5}


def drawn(tiny, seed):
    network = initialize(HRNet(tiny, 17), torch.Generator().manual_seed(seed))
    nn.init.normal_(network.final_layer.weight, std=0.3, generator=torch.Generator().manual_seed(seed))
    return network


@pytest.fixture
def networks(tiny):
    """One that learns and its teacher."""
    return drawn(tiny, 1), drawn(tiny, 2)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_the_cost_is_the_labels_and_the_teachers_mixed(metadata, networks, share):
    student, teacher = networks
    task = Distillation(Labels(metadata), teacher, metadata, share)
    batch = task.batch(3)
    output, taught = student.eval()(torch.from_numpy(batch)), teacher.eval()(torch.from_numpy(batch))
    expected = (1 - share) * output.square().mean() + share * 0.5 * (output - taught).square().mean()
    assert task.loss(student, batch, CPU).item() == pytest.approx(expected.item(), rel=1e-5)


def test_only_the_network_that_learns_gets_gradients_and_the_teacher_answers_as_in_prediction(metadata, networks):
    student, teacher = networks
    task = Distillation(Labels(metadata), teacher.train(), metadata)
    before = copy.deepcopy(teacher.state_dict())
    task.loss(student.train(), task.batch(0), CPU).backward()
    assert not teacher.training
    assert all(torch.equal(value, before[key]) for key, value in teacher.state_dict().items())
    assert all(parameter.grad is None for parameter in teacher.parameters())
    assert student.final_layer.weight.grad.abs().max() > 0


def test_a_network_that_answers_as_its_teacher_pays_nothing_to_it(metadata, networks):
    student, _ = networks
    task = Distillation(Labels(metadata), copy.deepcopy(student), metadata, share=1.0)
    assert task.loss(student.eval(), task.batch(1), CPU).item() < 1e-9


def test_another_objective_is_asked_about_all_joints_with_weight_1(metadata, networks):
    student, teacher = networks
    batch = Labels(metadata).batch(0)
    output, taught = student.eval()(torch.from_numpy(batch)), teacher.eval()(torch.from_numpy(batch))
    hardest = 0.5 * (output - taught).square().mean(dim=(-2, -1)).topk(8, dim=1).values.mean()
    task = Distillation(Labels(metadata), teacher, metadata, 1.0, HardJoints(8))
    assert task.loss(student, batch, CPU).item() == pytest.approx(hardest.item(), rel=1e-5)


def test_the_teacher_runs_in_the_precision_of_the_step(metadata, networks):
    student, teacher = networks
    seen = []
    teacher.final_layer.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    task = Distillation(Labels(metadata), teacher, metadata)
    with torch.autocast("cpu", torch.bfloat16):
        task.loss(student, task.batch(0), CPU)
    task.loss(student, task.batch(0), CPU)
    assert seen == [torch.bfloat16, torch.float32]


def test_batches_and_figures_are_those_of_the_task(metadata, networks):
    labels = Labels(metadata)
    task = Distillation(labels, networks[1], metadata)
    task.batch(7)
    task.batch(8, 1, 2)
    task.batch(9, rank=1, ranks=2)
    assert labels.asked == [(7, 0, 1), (8, 1, 2), (9, 1, 2)]
    assert task.batch_size == 2 and task.validate(networks[0], CPU) == {"AP": 0.5}
    assert task.skipped == {"3.jpg": "no picture"}


def test_the_gradient_is_that_of_the_mixed_cost(metadata, networks):
    student, teacher = networks
    task = Distillation(Labels(metadata), teacher, metadata, share=0.25)
    batch = task.batch(0)
    task.loss(student.eval(), batch, CPU).backward()
    output, taught = student(torch.from_numpy(batch)).detach(), teacher(torch.from_numpy(batch))
    slope = (0.75 * 2 * output + 0.25 * (output - taught)) / output.numel()  # of each heatmap pixel
    torch.testing.assert_close(student.final_layer.bias.grad, slope.sum(dim=(0, 2, 3)), rtol=1e-3, atol=1e-6)


def test_a_teacher_can_come_from_a_weights_file(tmp_path, metadata, networks):
    student, teacher = networks
    tensors = {key: value.numpy() for key, value in teacher.eval().state_dict().items()}
    weights.save(tmp_path / "teacher.safetensors", tensors, metadata)
    task = Distillation.of(Labels(metadata), tmp_path / "teacher.safetensors", share=1.0)
    inputs = torch.from_numpy(task.batch(0))
    with torch.no_grad():
        torch.testing.assert_close(
            task.answer(inputs), teacher(inputs), rtol=0.02, atol=0.02
        )  # stored in half precision


def test_a_published_teacher_of_other_crops_is_refused_before_it_is_fetched(metadata):
    with pytest.raises(ValueError, match="the crop rule of the teacher is official, that of the training udp"):
        Distillation.of(Labels(metadata), "coco-w32-256x192")


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"skeleton": MPII_16}, r"joints are mpii-16 \(16\), those to be learned coco-17 \(17\); take a teacher"),
        ({"mean": (0.5, 0.5, 0.5)}, "the mean of the teacher is .0.5, 0.5, 0.5."),
        ({"std": (0.5, 0.5, 0.5)}, "the std of the teacher"),
        ({"color": "BGR"}, "the color order of the teacher is BGR, that of the training RGB"),
        ({"rule": OFFICIAL}, "the crop rule of the teacher is official, that of the training udp"),
        ({"input_size": (96, 64)}, r"the input size of the teacher is \(96, 64\), that of the training \(64, 64\)"),
    ],
)
def test_a_teacher_of_other_crops_or_joints_is_refused_in_one_line(metadata, networks, other, message):
    with pytest.raises(ValueError, match=message) as error:
        Distillation(Labels(metadata), networks[1], replace(metadata, **other))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_is_a_share(metadata, networks, share):
    with pytest.raises(ValueError, match="lies between 0 and 1"):
        Distillation(Labels(metadata), networks[1], metadata, share)
