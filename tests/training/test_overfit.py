"""The proof that data, targets, loss, network, optimizer, decoder and judge belong together: eight people by heart."""

from dataclasses import replace

import pytest
import torch

from hrnet import evaluation
from hrnet.augment import Compose, Warp
from hrnet.data.cache import PhotoCache
from hrnet.data.sampler import Mixture
from hrnet.geometry import UDP
from hrnet.network import HRNet, initialize
from hrnet.scenes import draw_set
from hrnet.spec import ModelSpec
from hrnet.topdown import TopDown
from hrnet.training.objective import JointMSE
from hrnet.training.pose import PoseTask, as_engine
from hrnet.training.schedule import Schedule
from hrnet.weights.checkpoint import Metadata

STEPS = 80

# All kinds of layers, few of each. W8 would not do: 17 sharp maps out of 8 channels are not to be had, AP stays at .8.
SHALLOW = ModelSpec("shallow", width=24, stem=32, bottleneck=16, stage1_blocks=1, modules=(1, 1, 1), blocks=1)


class WithoutMirror(PoseTask):
    """Judged without the flip test: the network never sees these people mirrored, and it learns them by heart."""

    def validate(self, network, device):
        poses, photos = self.judge
        topdown = TopDown(as_engine(network, device, self.metadata), self.metadata, flip=False)
        boxes = evaluation.given_boxes(poses)
        return evaluation.figures(poses, evaluation.detect(topdown, poses, boxes, photos.photo))


@pytest.fixture
def eight_people(tmp_path):
    """Drawn people with all their joints in the photo, each where it was drawn among others."""
    poses = draw_set(tmp_path / "drawn", 10, seed=3, size=(240, 320))
    whole = [person for person in poses.samples if person.labeled == 17 and person.box.h > 60][:8]
    assert len(whole) == 8
    return replace(poses, samples=tuple(whole)), PhotoCache.of(poses.photos, tmp_path / "cache")


@pytest.mark.slow
def test_a_small_network_learns_eight_people_by_heart(training, eight_people):
    poses, photos = eight_people
    metadata = Metadata(
        role="pose",
        spec=SHALLOW,
        skeleton=poses.skeleton,
        input_size=(128, 96),
        rule=UDP,
        decoder="udp",
        kernel=7,
    )
    task = WithoutMirror(
        poses,
        photos,
        Mixture([list(range(8))], [1.0], batch=8, seed=0),
        batch_size=8,
        steps=Compose((Warp(),)),
        metadata=metadata,
        sigma=1.5,
        kind="udp",
        judge=(poses, photos),
        loss=JointMSE(),
    )
    network = initialize(HRNet(SHALLOW, 17), torch.Generator().manual_seed(0))
    run = training(task=task, network=network, decay=0.9, report_every=10, validate_every=STEPS, save_every=STEPS)
    run.settings = replace(run.settings, schedule=Schedule(3e-3, STEPS, warmup=10))
    *_, finished = run.events()
    assert finished.figures["AP"] > 0.95
