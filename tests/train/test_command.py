"""python -m train: what it refuses, and whole trainings in little."""

import json

import numpy as np
import pytest
import torch

import hrnet
from hrnet import device as devices
from hrnet import weights
from hrnet.spec import W24_SMALL
from train.__main__ import arguments, main, recipe_of
from train.recipes import RECIPES

LITTLE = ("--batch-size", "8", "--input-size", "64x64", "--threads", "1")


def lines(capsys):
    return [line for line in capsys.readouterr().err.replace("\r", "\n").split("\n") if line.startswith("train:")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "nothing=3"], "there is no setting nothing; there are average"),
        (["--set", "sigma"], "'sigma' is not NAME=VALUE"),
        (["--set", "sigma=wide"], "sigma is a number, got 'wide'"),
        (["--steps", "many"], "steps is a whole number, got 'many'"),
        (["--input-size", "256"], "input_size is height x width, such as 256x192, got '256'"),
        (["--set", "freeze_statistics=perhaps"], "freeze_statistics is yes or no, got 'perhaps'"),
        (["--data", "/no/such/folder"], "cannot read"),
        (["--set", "spec=W99"], "spec is a network, one of W48, W32, W24-small"),
        (["--device", "cuda:63"], "there is no cuda:63"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_code_2_and_leaves_no_run(words, said, people, tmp_path, capsys):
    run = tmp_path / "run"
    given = ["people_pose", "--data", str(people), "--run", str(run), "--cache", str(tmp_path / "cache"), *words]
    assert main(given) == 2
    (line,) = lines(capsys)
    assert said in line
    assert not run.exists()


def test_every_setting_can_be_set_by_its_name(people, tmp_path):
    given = ["people_pose", "--data", str(people), "--run", str(tmp_path), "--input-size", "256x192"]
    given += ["--set", "freeze=stem,stage1", "--set", "learning_rate=0.5", "--set", "freeze_statistics=yes"]
    recipe = recipe_of(arguments(given))
    assert (recipe.input_size, recipe.freeze) == ((256, 192), ("stem", "stage1"))
    assert (recipe.learning_rate, recipe.freeze_statistics) == (0.5, True)
    assert recipe_of(arguments([*given, "--set", "spec=W24-small"])).spec is W24_SMALL
    settings = recipe.settings(samples=100)
    assert settings.schedule.peak == 0.5 and settings.freeze == ("stem", "stage1") and settings.freeze_statistics


def test_every_recipe_says_what_it_is_and_what_to_expect(capsys):
    with pytest.raises(SystemExit):
        main(["--list"])
    listed = capsys.readouterr().out
    for name, recipe in RECIPES.items():
        assert f"{name}\n    {recipe.about}\n    for {recipe.hardware}\n    expect: {recipe.expected}\n" in listed
        assert min(map(len, (recipe.about, recipe.hardware, recipe.expected))) > 5


@pytest.mark.slow
def test_a_pose_network_is_trained_resumed_and_predicts(people, tmp_path, train):
    words = ("people_pose", "--data", people, "--run", tmp_path / "run", *LITTLE, "--set", "scenes=10", "--steps", "3")
    code, said = train(*words, "--set", "validate_every=2", "--save-every", "2")
    assert code == 0, said
    for fact in ("learn", "step 2: AP", "step 3: AP", "finished; the best weights are"):
        assert fact in said
    run = tmp_path / "run"
    recipe = json.loads((run / "recipe.json").read_text())
    assert (recipe["recipe"], recipe["steps"], recipe["scenes"]) == ("people_pose", 3, 10)
    kinds = [json.loads(line)["event"] for line in (run / "events.jsonl").read_text().splitlines()]
    assert kinds[0] == "started" and kinds[-1] == "finished" and kinds.count("validated") == 2
    metadata = weights.read_metadata(run / "best.safetensors")
    assert {"AP", "AR"} <= {figure.metric for figure in metadata.figures} and metadata.input_size == (64, 64)
    photo = np.full((80, 80, 3), 90, np.uint8)
    (person,) = hrnet.load(run, finder=None)(photo, boxes=[[0, 0, 80, 80]])
    assert person.keypoints.shape == (17, 3)
    code, said = train(*words, "--set", "validate_every=2", "--save-every", "2")
    assert code == 0 and "from step 3" in said
    code, said = train(*words, "--set", "validate_every=2", "--learning-rate", "0.1")
    assert code == 2 and "learning_rate: 0.002 there, 0.1 asked for" in said


@pytest.mark.slow
def test_a_larger_network_of_one_s_own_teaches_the_small_one(people, tmp_path, train):
    words = (
        "people_pose",
        "--data",
        people,
        "--cache",
        tmp_path / "cache",
        *LITTLE,
        "--set",
        "scenes=0",
        "--steps",
        "1",
    )
    code, said = train(*words, "--run", tmp_path / "large", "--set", "spec=W24-small")
    assert code == 0, said
    taught = (*words, "--run", tmp_path / "small", "--set", f"teacher={tmp_path / 'large'}")
    code, said = train(*taught)
    assert code == 0 and "finished" in said, said
    assert weights.read_metadata(tmp_path / "small" / "best.safetensors").spec.name == "W16-small"
    code, said = train(*taught[:-3], tmp_path / "other", *taught[-2:], "--input-size", "64x96")
    assert code == 2 and "the input size of the teacher is (64, 64), that of the training (64, 96)" in said


@pytest.mark.slow
def test_photos_in_the_device_s_memory_train_as_well(people, tmp_path, train):
    words = ("people_pose", "--data", people, "--run", tmp_path / "run", *LITTLE, "--set", "scenes=0", "--steps", "2")
    code, said = train(*words, "--set", "keep=device", "--set", "preset=gentle", "--set", "shares=near")
    assert code == 0 and "finished" in said, said
    recipe = json.loads((tmp_path / "run" / "recipe.json").read_text())
    assert (recipe["keep"], recipe["preset"], recipe["shares"]) == ("device", "gentle", "near")


@pytest.mark.slow
def test_a_finder_begins_with_a_pose_network_or_with_a_finder(people, tmp_path, train):
    words = ("person_finder", "--data", people, "--cache", tmp_path / "cache", *LITTLE, "--steps", "1")
    for start, new in (("pose", "new: final_layer.weight, final_layer.bias"), ("finder", "new: nothing")):
        code, said = train(*words, "--run", tmp_path / start, "--start", start)
        assert code == 0 and new in said, said
        metadata = weights.read_metadata(tmp_path / start / "best.safetensors")
        assert metadata.role == "finder" and {"recall", "precision"} == {f.metric for f in metadata.figures}
    code, said = train(*words, "--run", tmp_path / "wrong", "--start", "pose", "--input-size", "60x60")
    assert code == 2 and "60" in said


@pytest.mark.slow
def test_weights_of_another_network_are_refused(people, tmp_path, train):
    words = ("people_pose", "--data", people, "--run", tmp_path / "run", *LITTLE, "--set", "scenes=0")
    code, said = train(*words, "--start", "finder")
    assert code == 2 and "is of another network" in said
    assert not (tmp_path / "run" / "recipe.json").exists()


@pytest.mark.slow
def test_two_processes_train_one_network_and_the_first_one_speaks(people, tmp_path, train):
    words = ("people_pose", "--data", people, "--folder", tmp_path / "run", "--cache", tmp_path / "cache", *LITTLE)
    code, said = train(*words, "--set", "scenes=0", "--steps", "2", "--device", "cpu", "--tensorboard", processes=2)
    assert code == 0, said
    precision = str(devices.fast_precision(torch.device("cpu"))).removeprefix("torch.")
    assert said.count(f"on 2 x cpu, {precision}, batch 8") == 1 and "step 2: AP" in said
    assert (tmp_path / "run" / "best.safetensors").is_file()
    assert list((tmp_path / "run" / "tensorboard").iterdir())
