"""A task whose photos live on the device: its crops and joints are those of its matrices, for any part of a batch."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from made_people import made_set

from hrnet.augment import Compose, Light, Scale, Warp, presets
from hrnet.augment.batch import normalize
from hrnet.augment.resident import Pictures
from hrnet.data import PhotoFile
from hrnet.data.cache import PhotoCache
from hrnet.data.sampler import Mixture
from hrnet.data.stream import PhotoStream
from hrnet.geometry import Affine
from hrnet.image import ImageError
from hrnet.network import HRNet, initialize
from hrnet.skeleton import COCO_17
from hrnet.spec import ModelSpec
from hrnet.training.resident import ResidentPose
from hrnet.weights.checkpoint import Metadata

TINY = ModelSpec("tiny", width=4, stem=16, bottleneck=8, stage1_blocks=1, modules=(1, 1, 2), blocks=1)
CPU, SIZE = torch.device("cpu"), (64, 64)
VIEWS = Compose(tuple(step for step in presets.strong.augment.steps[:6]))  # up to the Warp


@pytest.fixture(scope="module")
def poses(tmp_path_factory):
    return made_set(tmp_path_factory.mktemp("set"), [(i, "made", "train", 2) for i in range(1, 7)])


def task(poses, folder, steps=presets.strong.augment, photos=None):
    metadata = Metadata("pose", TINY, COCO_17, SIZE, presets.strong.rule, "udp")
    mixture = Mixture([range(12)], [1.0], 8, seed=3)
    photos = photos or PhotoCache.of(poses.photos, folder)
    return ResidentPose(
        poses, photos, mixture, 8, steps, metadata, 1.5, "udp", judge=(poses, PhotoCache.of([], folder)), seed=5
    )


def test_crops_are_those_of_the_matrices(poses, tmp_path):
    made = task(poses, tmp_path, VIEWS)
    batch = made.batch(2)
    inputs = made.inputs(batch, CPU)
    for row, number in enumerate(made.mixture.batch(2)):
        person = poses.samples[number]
        crop = Affine(batch.matrices[row]).warp(made.photos.photo(person.photo), SIZE)
        expected = normalize(torch.from_numpy(crop[None]), made.metadata.mean, made.metadata.std)[0]
        assert (inputs[row] - expected).abs().max() < 0.52 / 255 / 0.224


def test_joints_stand_where_the_matrices_put_them_and_trade_places_in_a_mirror(poses, tmp_path):
    made = task(poses, tmp_path)
    for step in range(4):
        batch, mirrored = made.batch(step), 0
        for row, number in enumerate(made.mixture.batch(step)):
            person, affine = poses.samples[number], Affine(batch.matrices[row])
            flipped = np.linalg.det(affine.matrix[:, :2]) < 0
            order = COCO_17.mirror if flipped else np.arange(17)
            np.testing.assert_allclose(batch.keypoints[row], affine.apply(person.keypoints[order]), atol=1e-3)
            np.testing.assert_array_equal(batch.confidence[row], person.confidence[order])
            mirrored += flipped
        assert 0 < mirrored < 8


def test_a_part_of_a_batch_has_the_rows_of_the_whole(poses, tmp_path):
    made = task(poses, tmp_path, Compose((*VIEWS.steps, Light())))
    whole, parts = made.batch(1), [made.batch(1, rank, 2) for rank in (0, 1)]
    inputs = made.inputs(whole, CPU)
    for rank, part in enumerate(parts):
        np.testing.assert_array_equal(part.keypoints, whole.keypoints[rank::2])
        torch.testing.assert_close(made.inputs(part, CPU), inputs[rank::2])


def test_shrunk_rows_stay_with_their_part(poses, tmp_path):
    made = task(poses, tmp_path)
    for step in range(6):
        whole = made.batch(step).changes[1]
        parts = [made.batch(step, rank, 2).changes[1] for rank in (0, 1)]
        rows = np.concatenate([2 * part.rows + rank for rank, part in enumerate(parts)])
        np.testing.assert_array_equal(np.sort(rows), whole.rows)


def test_the_same_step_is_the_same_batch_and_the_next_one_another(poses, tmp_path):
    made = task(poses, tmp_path)
    one, again, other = (made.inputs(made.batch(step), CPU) for step in (3, 3, 4))
    assert torch.equal(one, again) and not torch.equal(one, other)


def test_a_broken_photo_is_a_crop_of_nothing_without_joints(poses, tmp_path, monkeypatch):
    read = PhotoFile.read

    def refuse(photo):
        if photo.id == 2:
            raise ImageError("cut off")
        return read(photo)

    monkeypatch.setattr(PhotoFile, "read", refuse)
    made = task(poses, tmp_path, VIEWS)
    batch = made.batch(0)
    lost = [row for row, number in enumerate(made.mixture.batch(0)) if poses.samples[number].photo == 1]
    inputs = made.inputs(batch, CPU)
    assert lost and len(made.skipped) == 1
    for row in lost:
        assert inputs[row].std(dim=(-2, -1)).max() < 1e-5
        assert not batch.confidence[row].any() and not batch.keypoints[row, :, 2].any()


def test_photos_are_brought_to_the_device_once(poses, tmp_path, monkeypatch):
    made, brought, of = task(poses, tmp_path), [], Pictures.of

    def counted(photos, device):
        brought.append(device)
        return replace(of(photos, device), pixels=Elsewhere(of(photos, device).pixels))

    class Elsewhere(torch.Tensor):
        """Says another name of its device than was asked for, as tensors on a GPU do."""

        @property
        def device(self):
            return torch.device("cpu:0")

    monkeypatch.setattr(Pictures, "of", counted)
    assert made.pictures(CPU) is made.pictures(CPU) and brought == [CPU]


def test_a_network_learns_from_it(poses, tmp_path):
    torch.manual_seed(0)
    made, network = task(poses, tmp_path), initialize(HRNet(TINY, 17))
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3)
    losses = []
    for step in range(30):
        loss = made.loss(network, made.batch(step), CPU)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert np.mean(losses[-5:]) < 0.9 * np.mean(losses[:3])


def test_only_decoded_photos_and_known_steps_go_to_the_device(poses, tmp_path):
    with pytest.raises(ValueError, match="got PhotoStream"):
        task(poses, tmp_path, photos=PhotoStream(poses.photos))
    with pytest.raises(ValueError, match="after the Warp"):
        task(poses, tmp_path, Compose((Warp(), Scale())))
