"""Images a second of the training step, beside a plain loop in single precision: the same network, the same work.

Forward, loss, backward, clipping, AdamW and the moving average of the weights, on random crops that are there already:
no data is read, so anybody can run it.
"""

from __future__ import annotations

import argparse
import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from hrnet import device as devices
from hrnet.augment.batch import gaussian_targets, normalize
from hrnet.geometry import Size
from hrnet.network import HRNet, initialize
from hrnet.skeleton import COCO_17
from hrnet.spec import SPECS, ModelSpec
from hrnet.training.distributed import Ranks
from hrnet.training.learner import Learner
from hrnet.training.loss import joint_mse
from hrnet.training.pose import Crops
from hrnet.training.schedule import Schedule
from hrnet.training.settings import Settings
from hrnet.weights.checkpoint import IMAGENET_MEAN, IMAGENET_STD
from train.bench.timing import interleaved, machine

# Defaults by device: network, examples a step.
USUAL = {"cpu": ("W16-small", 4), "cuda": ("W32", 64)}
GOALS = "at least 2x on a CPU that computes in bf16, at least 3x on a GPU"
SIGMA = 2.0
SETTINGS = Settings(Schedule(1e-3, 10**6, warmup=0), weight_decay=1e-4)
SEED = 5


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "train", help="the training step", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--device", help="cpu, cuda, cuda:1; the first GPU where there is one")
    parser.add_argument("--network", choices=SPECS, help="W32 on a GPU and W16-small on a CPU where not given")
    parser.add_argument("--batch-size", type=int, help="64 on a GPU and 4 on a CPU where not given")
    parser.add_argument("--input-size", type=int, nargs=2, default=(256, 192), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds; medians are printed")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    device = devices.choose(args.device)
    name, batch_size = USUAL["cuda" if device.type == "cuda" else "cpu"]
    spec, batch_size = SPECS[args.network or name], args.batch_size or batch_size
    if min(batch_size, args.rounds) < 1 or any(side < 32 or side % 32 for side in args.input_size):
        raise ValueError(
            f"a step needs examples, rounds and an input whose sides are multiples of 32, got {batch_size}, "
            f"{args.rounds}, {args.input_size}"
        )
    task = RandomCrops(batch_size, tuple(args.input_size))
    times = measure(spec, task, device, args.rounds)
    height, width = args.input_size
    print(f"{spec.name} {height}x{width}, batch {batch_size}, {device}, torch {torch.__version__}")
    print(f"{described(device)}; medians of {args.rounds} interleaved rounds\n")
    print(f"{'way':<34}{'ms a step':>12}{'images/s':>12}{'ratio':>8}")
    for way, milliseconds in times.items():
        speed, ratio = 1000 * batch_size / milliseconds, times["plain float32"] / milliseconds
        print(f"{way:<34}{milliseconds:>12.1f}{speed:>12.1f}{ratio:>7.2f}x")
    print(f"\n{verdict(device)}")
    return 0


def measure(spec: ModelSpec, task: RandomCrops, device: torch.device, rounds: int) -> dict[str, float]:
    """Median milliseconds of a step, by way; the plain one first."""
    torch.manual_seed(SEED)
    network = initialize(HRNet(spec, len(COCO_17)))
    batch = task.batch(0)
    ways: dict[str, Callable[[], object]] = {"plain float32": Plain(copy.deepcopy(network), task, batch, device).step}
    fast = devices.fast_precision(device)
    names = {"exact": "ours, float32"} | ({} if fast == torch.float32 else {"auto": f"ours, {told(fast)}"})
    for precision, name in names.items():
        learner = Learner(copy.deepcopy(network), task, replace(SETTINGS, precision=precision), device, Ranks())
        ways[name] = lambda learner=learner: learner.step([batch])
    if device.type == "cuda":
        ways = {name: _to_the_end(way) for name, way in ways.items()}
    return interleaved(ways, rounds)


def described(device: torch.device) -> str:
    return (
        torch.cuda.get_device_name(device)
        if device.type == "cuda"
        else f"{machine()}, {torch.get_num_threads()} threads"
    )


def verdict(device: torch.device) -> str:
    fast = devices.fast_precision(device)
    if device.type == "cuda" and fast == torch.bfloat16:
        return f"The goal is {GOALS}: this is a GPU."
    if fast == torch.bfloat16:
        return f"The goal is {GOALS}: this CPU does."
    what = "GPU" if device.type == "cuda" else "CPU"
    return (
        f"The goal is {GOALS}. This {what} does not compute in bf16, so only the memory layout, the optimizer in one "
        "kernel and the average in one call can help."
    )


class RandomCrops:
    """Crops of noise with 17 joints somewhere in each."""

    def __init__(self, batch_size: int, input_size: Size) -> None:
        self.batch_size, self.input_size = batch_size, input_size

    def batch(self, step: int, rank: int = 0, ranks: int = 1) -> Crops:
        rng, (height, width), joints = np.random.default_rng([SEED, step]), self.input_size, len(COCO_17)
        pixels = rng.integers(0, 256, (self.batch_size, height, width, 3), np.uint8)
        places = rng.uniform(0, 1, (self.batch_size, joints, 3)) * [width, height, 0] + [0, 0, 2]
        trust = np.ones((self.batch_size, joints), np.float32)
        return Crops(pixels[rank::ranks], places.astype(np.float32)[rank::ranks], trust[rank::ranks])

    def tensors(self, batch: Crops, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        """Normalized input, target heatmaps, weights."""
        keypoints = torch.from_numpy(batch.keypoints).to(device)
        target, drawn = gaussian_targets(keypoints[..., :2], keypoints[..., 2], self.input_size, SIGMA, "rounded")
        return normalize(torch.from_numpy(batch.pixels).to(device), IMAGENET_MEAN, IMAGENET_STD), target, drawn

    def loss(self, network: nn.Module, batch: Crops, device: torch.device) -> Tensor:
        inputs, target, weights = self.tensors(batch, device)
        return joint_mse(network(inputs).float(), target, weights)

    def validate(self, network: nn.Module, device: torch.device) -> Mapping[str, float]:
        return {"none": 0.0}


class Plain:
    """The loop of most tutorials: single precision, channels first, the optimizer and the average one tensor at a time.
    Its crops and targets are floats on the device before the clock starts."""

    def __init__(self, network: nn.Module, task: RandomCrops, batch: Crops, device: torch.device) -> None:
        self.network = network.to(device).train()
        self.average = copy.deepcopy(network).eval()
        inputs, self.target, self.weights = task.tensors(batch, device)
        self.inputs = inputs.contiguous()
        self.optimizer = torch.optim.AdamW(
            network.parameters(),
            SETTINGS.schedule.at(0),
            weight_decay=SETTINGS.weight_decay,
            foreach=False,
            fused=False,
        )

    def step(self) -> None:
        loss = joint_mse(self.network(self.inputs), self.target, self.weights)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), SETTINGS.clip or math.inf, foreach=False)
        self.optimizer.step()
        with torch.no_grad():
            theirs = self.network.state_dict()
            for name, value in self.average.state_dict().items():
                if value.is_floating_point():
                    value.mul_(SETTINGS.decay).add_(theirs[name], alpha=1 - SETTINGS.decay)
                else:
                    value.copy_(theirs[name])


def told(precision: torch.dtype) -> str:
    return str(precision).removeprefix("torch.")


def _to_the_end(way: Callable[[], object]) -> Callable[[], None]:
    """A GPU is handed its work and does it later."""

    def call() -> None:
        way()
        torch.cuda.synchronize()

    return call
