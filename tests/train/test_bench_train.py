import re

import pytest
import torch

from hrnet.network import HRNet, initialize
from hrnet.spec import ModelSpec
from hrnet.training.distributed import Ranks
from hrnet.training.learner import Learner
from train.bench import __main__ as bench
from train.bench import train
from train.bench.train import SETTINGS, Plain, RandomCrops, replace

TINY = ModelSpec("tiny", width=4, stem=16, bottleneck=8, stage1_blocks=1, modules=(1, 1, 2), blocks=1)
CPU = torch.device("cpu")


def test_the_plain_loop_does_the_same_work():
    """The same loss and gradient as our step in single precision, so the times compare like with like."""
    task = RandomCrops(2, (64, 64))
    batch = task.batch(0)
    gradients = []
    for way in ("plain", "ours"):
        torch.manual_seed(0)
        network = initialize(HRNet(TINY, 17))
        if way == "plain":
            Plain(network, task, batch, CPU).step()
        else:
            Learner(network, task, replace(SETTINGS, precision="exact"), CPU, Ranks()).step([batch])
        gradients.append(torch.cat([p.grad.flatten() for p in network.parameters()]))
    assert (gradients[0] - gradients[1]).norm() < 1e-4 * gradients[0].norm()


def test_the_command_prints_images_a_second_and_the_ratio(monkeypatch, capsys):
    monkeypatch.setitem(train.SPECS, "tiny", TINY)
    words = ["train", "--device", "cpu", "--network", "tiny", "--batch-size", "2", "--input-size", "64", "32"]
    assert bench.main([*words, "--rounds", "1"]) == 0
    printed = capsys.readouterr().out
    assert "tiny 64x32, batch 2, cpu" in printed and "The goal is at least 2x on a CPU" in printed
    rows = re.findall(r"^(plain|ours).* +([\d.]+) +([\d.]+) +([\d.]+)x$", printed, re.MULTILINE)
    assert len(rows) >= 2 and rows[0][::3] == ("plain", "1.00")
    for _, milliseconds, speed, _ in rows:
        assert float(speed) == pytest.approx(2000 / float(milliseconds), rel=0.05)


def test_an_input_that_the_network_cannot_take_is_refused(capsys):
    assert bench.main(["train", "--device", "cpu", "--input-size", "50", "64"]) == 2
    assert "sides are multiples of 32" in capsys.readouterr().err
