"""What the recipes say: published settings, networks to begin with, parts to judge on."""

import importlib
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hrnet import weights
from hrnet.augment import HorizontalFlip, Rotation, presets
from hrnet.augment.turn import Turn
from hrnet.scenes import draw_set
from hrnet.sets.plan import plan
from hrnet.skeleton import COCO_17, Skeleton
from hrnet.spec import W16_SMALL, W32, W48
from train.__main__ import arguments, recipe_of
from train.published import ROWS
from train.recipes import RECIPES
from train.recipes.recipe import Job

PUBLISHED = [name for name, named in RECIPES.items() if named.expected.startswith("published")]
WHERE = {"data": Path("nowhere"), "cache": Path("nowhere")}
COCO_SAMPLES = 149_813


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    return folder, draw_set(folder, 12, seed=5, size=(120, 160))


def made(name, **settings):
    return RECIPES[name].make(name, **WHERE, **settings)


def test_every_published_table_has_its_recipes():
    coco = {
        f"coco_{net}_{height}{way}" for net in ("w32", "w48") for height in (256, 384) for way in ("", "_dark", "_udp")
    }
    assert set(PUBLISHED) == coco | {"mpii_w32_256", "crowdpose_w32", "ap10k_w32"}
    assert {"people_pose", "person_finder", "finetune_small", "distill"} <= set(RECIPES)


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_to_expect_is_a_row_of_the_published_tables_with_the_same_network_and_size(name):
    recipe = made(name)
    (row,) = [row for row in ROWS if f"published: {row}" == RECIPES[name].expected]
    assert (row.spec, row.input_size) == (recipe.spec.name, recipe.input_size)


def test_the_official_schedule_is_a_tenth_at_epochs_170_and_200_of_210():
    rates = made("coco_w32_256").rates(COCO_SAMPLES)
    epoch = math.ceil(COCO_SAMPLES / 128)
    assert rates.steps == 210 * epoch
    asked = [0, 170 * epoch - 1, 170 * epoch, 200 * epoch - 1, 200 * epoch, 210 * epoch - 1]
    np.testing.assert_allclose([rates.at(step) for step in asked], [1e-3, 1e-3, 1e-4, 1e-4, 1e-5, 1e-5])


def test_the_settings_of_mmpose_have_a_warm_up_a_batch_of_512_and_half_the_rate():
    recipe = made("coco_w32_256_udp")
    rates = recipe.rates(COCO_SAMPLES)
    assert recipe.batch_size == 512 and rates.steps == 210 * math.ceil(COCO_SAMPLES / 512)
    np.testing.assert_allclose([rates.at(0), rates.at(500), rates.at(9000)], [5e-4 * 1e-3, 5e-4, 5e-4])


@pytest.mark.parametrize(
    ("name", "spec", "size", "batch", "preset"),
    [
        ("coco_w32_256", W32, (256, 192), 128, "official"),
        ("coco_w48_384", W48, (384, 288), 96, "official"),
        ("coco_w48_384_dark", W48, (384, 288), 256, "dark"),
        ("coco_w32_384_udp", W32, (384, 288), 512, "udp"),
        ("mpii_w32_256", W32, (256, 256), 128, "official_mpii"),
        ("crowdpose_w32", W32, (256, 192), 512, "crowdpose"),
        ("ap10k_w32", W32, (256, 256), 512, "ap10k"),
    ],
)
def test_networks_sizes_batches_and_pipelines_are_the_published_ones(name, spec, size, batch, preset):
    recipe = made(name)
    assert (recipe.spec, recipe.input_size, recipe.batch_size) == (spec, size, batch)
    assert recipe.pipeline is presets.PRESETS[preset]
    settings = recipe.settings(COCO_SAMPLES)
    assert (settings.optimizer, settings.weight_decay, settings.clip, settings.decay) == ("adam", 0.0, None, 0.0)
    assert settings.validate_every == math.ceil(COCO_SAMPLES / batch)  # every epoch


def test_rows_of_the_head_go_where_their_joints_are_and_new_joints_begin_at_zero(drawn):
    _, poses = drawn
    skeleton = Skeleton.of(["tail", "right_wrist", "nose"])
    recipe, job = made("finetune_small"), Job(None, 1, replace(poses, skeleton=skeleton, samples=()))
    tensors, metadata = weights.load()
    begun = recipe.begin(tensors, metadata, job)
    head = begun["final_layer.weight"]
    assert head.shape == (3, 16, 1, 1) and not head[0].any()
    np.testing.assert_array_equal(head[1], tensors["final_layer.weight"][COCO_17.joints.index("right_wrist")])
    np.testing.assert_array_equal(head[2], tensors["final_layer.weight"][COCO_17.joints.index("nose")])
    assert begun.keys() == tensors.keys()


def test_without_a_joint_in_common_the_head_is_a_new_one(drawn):
    _, poses = drawn
    job = Job(None, 1, replace(poses, skeleton=Skeleton.of(["tail", "antenna"]), samples=()))
    begun = made("finetune_small").begin(*weights.load(), job)
    assert not any(name.startswith("final_layer") for name in begun) and "conv1.weight" in begun


def test_what_is_not_said_is_decided_by_the_plan_and_what_is_said_stays(drawn, tmp_path):
    folder, _ = drawn
    recipe = RECIPES["finetune_small"].make("finetune_small", data=folder, cache=tmp_path, learning_rate=3e-4)
    settled = recipe.settled()
    planned = plan(recipe.division().learned, device="cpu", cores=1, changes={"learning_rate": 3e-4})
    assert {name: getattr(settled, name) for name in planned.values} == planned.values
    assert settled.learning_rate == 3e-4 and settled.spec == W16_SMALL
    assert settled.told[0].startswith("as the labels say: train and val (")
    assert settled.described()["division"] == settled.told[0]


def test_a_run_that_goes_on_keeps_what_was_decided_when_it_began(drawn, tmp_path, monkeypatch):
    folder, _ = drawn
    recipe = RECIPES["finetune_small"].make("finetune_small", data=folder, cache=tmp_path, learning_rate=3e-4)
    began = recipe.settled(cores=2)
    monkeypatch.setattr("hrnet.sets.plan.SHOWN", {"cpu": 100})  # as if the machine were another one by now
    monkeypatch.setattr("hrnet.sets.plan.BATCH", 4)
    assert recipe.settled().described() != began.described()
    again = recipe.going_on(json.loads(json.dumps(began.described()))).settled(cores=8)
    assert again.described() == began.described()
    assert again.told == (began.told[0], "the run goes on as it was planned when it began")


def test_weights_say_where_they_learned_by_the_name_of_the_file_or_as_it_is_called(drawn, tmp_path):
    folder, poses = drawn
    plain = RECIPES["finetune_small"].make("finetune_small", data=folder, cache=tmp_path).settled()
    called = replace(plain, called="my lamps")
    assert (plain.metadata(poses).data, called.metadata(poses).data) == (folder.name, "my lamps")
    assert plain.described() == called.described()


def test_what_is_not_safe_is_refused_with_the_reason(drawn, tmp_path):
    folder, _ = drawn
    recipe = RECIPES["finetune_small"].make("finetune_small", data=folder, cache=tmp_path, learning_rate=3.0)
    with pytest.raises(ValueError, match="learning_rate: from 1e-06 to 0.01 is safe, got 3"):
        recipe.settled()


@pytest.mark.parametrize(("turn", "mirror"), [(180.0, False), (20.0, True)])
def test_the_subject_is_turned_and_mirrored_as_it_is_seen(drawn, tmp_path, turn, mirror):
    folder, _ = drawn
    made = RECIPES["finetune_small"].make("finetune_small", data=folder, cache=tmp_path, turn=turn, mirror=mirror)
    task = made.settled().job().task
    steps = {type(step): step for step in task.steps.steps}
    assert (Turn in steps) == (turn == 180) and (HorizontalFlip in steps) == mirror == task.flip
    assert turn == 180 or steps[Rotation].spread == 20


def test_a_file_divides_only_what_takes_one(drawn, tmp_path):
    folder, _ = drawn
    words = ["--data", str(folder), "--run", str(tmp_path), "--split", "parts.json"]
    assert recipe_of(arguments(["finetune_small", *words])).splits == Path("parts.json")
    with pytest.raises(ValueError, match="coco_w32_256 takes no --split"):
        recipe_of(arguments(["coco_w32_256", *words]))


@pytest.mark.parametrize("keep", ["photos", "crops", "stream"])
def test_a_batch_is_made_however_the_pixels_are_kept(drawn, keep, tmp_path):
    folder, _ = drawn
    settings = {"data": folder, "cache": tmp_path, "keep": keep, "batch_size": 4, "input_size": (64, 64)}
    recipe = replace(made("finetune_small"), **settings).settled()
    job = recipe.job()
    batch = job.task.batch(0)
    assert batch.pixels.shape == (4, 64, 64, 3) and batch.pixels.std() > 10
    assert job.samples == len([p for p in job.task.poses.samples if p.labeled])
    with pytest.raises(ValueError, match="no way 'papers' to keep photos; choose one of photos, device, crops, stream"):
        replace(recipe, keep="papers").job()


def test_photos_on_the_device_are_what_the_host_would_show(drawn, tmp_path):
    folder, _ = drawn
    settings = {"data": folder, "cache": tmp_path, "keep": "device", "batch_size": 4, "input_size": (64, 64)}
    task = replace(made("finetune_small"), **settings).settled().job().task
    inputs = task.inputs(task.batch(0), torch.device("cpu"))
    assert inputs.shape == (4, 3, 64, 64) and inputs.std() > 0.2


def test_people_stay_on_the_disk_without_a_gpu_and_move_to_one_where_it_is(tmp_path):
    recipe = made("people_pose")
    assert recipe.settled("cpu").keep == "photos" and recipe.settled("cuda").keep == "device"
    assert replace(recipe, keep="photos").settled("cuda").keep == "photos"
    with pytest.raises(ValueError, match="kept as 'crops' here; choose one of photos, device"):
        replace(recipe, keep="crops").settled()


@pytest.mark.parametrize("name", ["people_pose", "person_finder"])
def test_the_shares_of_the_embedded_networks_are_one_of_two_ways(name):
    shares = importlib.import_module(f"train.recipes.{name}").SHARES
    assert set(shares) == {"wide", "near"}
    for parts in shares.values():
        assert sum(parts.values()) == pytest.approx(1) and min(parts.values()) > 0
    with pytest.raises(ValueError, match="no shares 'far'; choose one of wide, near"):
        made(name, shares="far").settled()


@pytest.mark.parametrize(("preset", "decoder"), [("strong", "udp"), ("gentle", "udp"), ("dark", "dark")])
def test_the_embedded_network_is_decoded_as_its_targets_were_drawn(preset, decoder):
    metadata = made("people_pose", preset=preset).metadata
    assert (metadata.decoder, metadata.rule) == (decoder, presets.PRESETS[preset].rule)


def test_a_finder_s_views_are_those_asked_for():
    words = ("person_finder", "--data", "d", "--run", "r", "--set", "farthest=0.8", "--set", "lit=0.3")
    recipe = recipe_of(arguments(words)).settled()
    assert (recipe.farthest, recipe.nearest, recipe.lit) == (0.8, 1.7, 0.3)
    with pytest.raises(ValueError, match="farthest is above 0 and not above nearest, got 2.0 and 1.7"):
        replace(recipe, farthest=2.0).settled()


@pytest.mark.slow
def test_one_s_own_joints_are_learned_from_a_dozen_pictures(tmp_path, train):
    folder = tmp_path / "own"
    draw_set(folder, 12, seed=9, size=(120, 160), skeleton=Skeleton.of(["nose", "left_wrist", "right_wrist"]))
    run = tmp_path / "run"
    words = ("--batch-size", "4", "--steps", "4", "--set", "validate_every=2", "--threads", "1")
    code, said = train("finetune_small", "--data", folder, "--run", run, *words)
    assert code == 0, said
    assert "frozen: stem, stage1, statistics" in said and "new: nothing" in said
    metadata = weights.read_metadata(run / "best.safetensors")
    assert metadata.skeleton.joints == ("nose", "left_wrist", "right_wrist")
    assert metadata.spec == W16_SMALL and metadata.input_size in ((192, 128), (160, 160), (128, 192))
    assert {"AP", "AR", "PCK@0.1", "OKS"} <= {figure.metric for figure in metadata.figures}
    # the drawn set holds out one picture, and there are two looks at it
    assert [file.name for file in sorted((run / "seen").iterdir())] == ["2-0.json", "4-0.json"]
