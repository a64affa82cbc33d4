"""One task, three sources of pixels: the same batches, whoever is broken, however many threads."""

import numpy as np
import pytest
import torch
from made_people import made_set

from hrnet.augment import Compose, Light, presets
from hrnet.data import PhotoFile
from hrnet.data.cache import PhotoCache
from hrnet.data.crops import PersonCrops
from hrnet.data.loader import ahead
from hrnet.data.sampler import Mixture
from hrnet.data.stream import PhotoStream
from hrnet.image import ImageError
from hrnet.skeleton import COCO_17
from hrnet.spec import ModelSpec
from hrnet.training.pose import PoseTask
from hrnet.weights.checkpoint import Metadata

TINY = ModelSpec("tiny", width=4, stem=16, bottleneck=8, stage1_blocks=1, modules=(1, 1, 2), blocks=1)
CPU = torch.device("cpu")
SIZE = (64, 64)
LIT = Compose((*presets.udp.augment.steps, Light()))
SOURCES = {
    "cache": lambda poses, folder: PhotoCache.of(poses.photos, folder),
    "crops": lambda poses, folder: PersonCrops.of(poses, folder, SIZE),
    "stream": lambda poses, folder: PhotoStream(poses.photos, memory=50_000),  # less than two photos
}


@pytest.fixture(scope="module")
def poses(tmp_path_factory):
    return made_set(tmp_path_factory.mktemp("set"), [(i, "made", "train", 2) for i in range(1, 7)])


def task(poses, photos, folder, steps=presets.udp.augment, **more):
    metadata = Metadata("pose", TINY, COCO_17, SIZE, presets.udp.rule, "udp")
    mixture = Mixture([range(12)], [1.0], 8, seed=3, photos=[person.photo for person in poses.samples])
    judge = poses, PhotoCache.of([], folder)
    return PoseTask(poses, photos, mixture, 8, steps, metadata, 1.5, "udp", judge=judge, **more)


def same(one, other):
    for name in ("pixels", "keypoints", "confidence"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def broken(monkeypatch, *ids):
    """From here on the photos with these ids cannot be read."""
    read = PhotoFile.read

    def refuse(photo):
        if photo.id in ids:
            raise ImageError("cut off")
        return read(photo)

    monkeypatch.setattr(PhotoFile, "read", refuse)


def test_a_stream_gives_the_batches_of_the_cache_and_crops_nearly(poses, tmp_path):
    made = {name: task(poses, source(poses, tmp_path), tmp_path) for name, source in SOURCES.items()}
    for step in (0, 5):
        batches = {name: one.batch(step) for name, one in made.items()}
        same(batches["cache"], batches["stream"])
        np.testing.assert_array_equal(batches["cache"].keypoints, batches["crops"].keypoints)
        off = np.abs(batches["cache"].pixels.astype(int) - batches["crops"].pixels)
        assert np.median(off) <= 3 and off.mean() < 12  # what differs lies beyond the margin or is softer


@pytest.mark.parametrize("steps", [presets.udp.augment, LIT], ids=["warp", "warp and light"])
def test_a_row_is_what_the_steps_make_of_its_person(poses, tmp_path, steps):
    made = task(poses, PhotoStream(poses.photos), tmp_path, steps)
    batch = made.batch(3)
    for row, number in enumerate(made.mixture.batch(3)):
        sample = steps(made.sample(number), np.random.default_rng([made.seed, 3, row]))
        np.testing.assert_array_equal(batch.pixels[row], sample.crop)
        np.testing.assert_array_equal(batch.keypoints[row], sample.crop_keypoints)


@pytest.mark.parametrize("kind", SOURCES)
def test_batches_do_not_depend_on_the_number_of_threads(poses, tmp_path, kind):
    one, many = (
        list(ahead(task(poses, SOURCES[kind](poses, tmp_path), tmp_path).batch, 0, 6, threads)) for threads in (1, 4)
    )
    for batch, other in zip(one, many, strict=True):
        same(batch, other)


@pytest.mark.parametrize("kind", SOURCES)
def test_persons_of_a_broken_photo_are_replaced_and_the_file_is_told_once(poses, tmp_path, monkeypatch, kind):
    whole = task(poses, SOURCES[kind](poses, tmp_path / "whole"), tmp_path)
    before = whole.batch(0)
    numbers = whole.mixture.batch(0)
    gone = poses.samples[numbers[2]].photo
    broken(monkeypatch, poses.photos[gone].id)
    holed, again = (task(poses, SOURCES[kind](poses, tmp_path / "holed"), tmp_path) for _ in range(2))
    after = holed.batch(0)
    for row, number in enumerate(numbers):
        kept = poses.samples[number].photo != gone
        assert np.array_equal(before.pixels[row], after.pixels[row]) == kept
    assert list(holed.skipped.values()) == ["cut off"] and "made" in next(iter(holed.skipped))
    np.testing.assert_array_equal(
        *(
            t.keypoints
            for t in (
                again.batch(0, 0, 2),
                type(after)(*(v[::2] for v in (after.pixels, after.keypoints, after.confidence))),
            )
        )
    )
    holed.batch(1)
    assert len(holed.skipped) == 1


def test_a_set_without_a_readable_photo_ends_in_one_line(poses, tmp_path, monkeypatch):
    broken(monkeypatch, *range(10))
    holed = task(poses, PhotoStream(poses.photos), tmp_path)
    with pytest.raises(ValueError, match=r"1000 persons in a row .* \(cut off\); is the folder of the photos there"):
        holed.batch(0)
    with pytest.raises(ValueError, match="the photo of person 0 cannot be read"):
        holed.sample(0)


@pytest.mark.parametrize("steps", [presets.udp.augment, LIT], ids=["warp", "warp and light"])
def test_the_device_makes_the_inputs_of_the_host(poses, tmp_path, steps):
    crops = PersonCrops.of(poses, tmp_path, SIZE)
    host, device = (task(poses, crops, tmp_path, steps, device_warp=there) for there in (False, True))
    for step in (0, 3):
        ours, theirs = host.batch(step), device.batch(step)
        np.testing.assert_array_equal(ours.keypoints, theirs.keypoints)
        np.testing.assert_array_equal(ours.confidence, theirs.confidence)
        off = (host.inputs(ours, CPU) - device.inputs(theirs, CPU)).abs() * 255 * min(host.metadata.std)
        assert off.max() < 2  # the host rounds, and stronger contrast multiplies that
        assert ours.pixels.shape[1:] == (*SIZE, 3) and (theirs.lights is not None) == (steps is LIT)
        cost = device.cost(torch.zeros(8, 17, 16, 16), theirs, CPU)
        assert torch.equal(cost, host.cost(torch.zeros(8, 17, 16, 16), ours, CPU))


def test_shares_of_a_batch_for_the_device_are_its_rows_too(poses, tmp_path):
    device = task(poses, PersonCrops.of(poses, tmp_path, SIZE), tmp_path, LIT, device_warp=True)
    whole = device.inputs(device.batch(2), CPU)
    for rank in range(2):
        share = device.inputs(device.batch(2, rank, 2), CPU)
        torch.testing.assert_close(share, whole[rank::2], atol=1e-3, rtol=0)  # padded otherwise


def test_what_the_device_cannot_do_is_refused_in_one_line(poses, tmp_path):
    crops = PersonCrops.of(poses, tmp_path, SIZE)
    with pytest.raises(ValueError, match="got Light, LowResolution, CoarseDropout; warp on the host"):
        task(poses, crops, tmp_path, presets.strong.augment, device_warp=True)
    with pytest.raises(ValueError, match="got PhotoCache; keep PersonCrops"):
        task(poses, PhotoCache.of(poses.photos, tmp_path), tmp_path, device_warp=True)
