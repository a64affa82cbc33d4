import hashlib
import io
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from hrnet.skeleton import COCO_17, MPII_16, Skeleton
from hrnet.spec import W8, W32
from hrnet.weights import Entry, Metadata, WeightsError, catalogue, load, lookup, published, resolve, rows, save, table

ENTRY = "coco-w8-256x192"


@pytest.fixture
def embedded(tmp_path, monkeypatch):
    folder = tmp_path / "embedded"
    folder.mkdir()
    monkeypatch.setattr(catalogue, "EMBEDDED", folder)
    return folder


@pytest.fixture
def one_entry(tmp_path, monkeypatch, w8_tensors, w8_metadata):
    """A catalogue of one file in mmpose's layout, which lies in the offline folder."""
    folder = tmp_path / "offline"
    folder.mkdir()
    named = {("head." if "final" in name else "backbone.") + name: value for name, value in w8_tensors.items()}
    torch.save({"state_dict": {name: torch.from_numpy(np.array(value)) for name, value in named.items()}}, folder / "a")
    sha256 = hashlib.sha256((folder / "a").read_bytes()).hexdigest()[:8]
    entry = Entry(ENTRY, f"net-{sha256}.pth", w8_metadata, url="https://published.invalid/net.pth", sha256=sha256)
    (folder / "a").rename(folder / entry.file)
    monkeypatch.setenv("HRNET_OFFLINE_DIR", str(folder))
    monkeypatch.setattr(lookup, "published", lambda: {ENTRY: entry})
    return entry


@pytest.fixture(scope="session")
def w8_pth(w8_tensors) -> bytes:
    """A file in the official layout."""
    file = io.BytesIO()
    torch.save({name: torch.from_numpy(np.array(value)) for name, value in w8_tensors.items()}, file)
    return file.getvalue()


def refusal(*args, **kwargs):
    with pytest.raises(WeightsError) as caught:
        load(*args, **kwargs)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_default_is_the_embedded_file_of_its_role(embedded, w8_tensors, w8_metadata):
    for role in ("pose", "finder"):
        with pytest.raises(WeightsError, match=f"has no embedded {role} weights"):
            resolve(role=role)
    save(embedded / "pose.safetensors", w8_tensors, w8_metadata)
    save(embedded / "finder.safetensors", w8_tensors, Metadata(role="finder", spec=W8))
    assert resolve() == resolve("pose") == resolve(role="trunk") == embedded / "pose.safetensors"
    assert load()[1] == w8_metadata
    assert resolve(role="finder") == embedded / "finder.safetensors"
    assert load(role="finder")[1].role == "finder"


def test_a_catalogue_name_gives_its_entry_and_nothing_is_fetched(own_home):
    entry = resolve("coco-w32-256x192")
    assert entry is published()["coco-w32-256x192"] and not own_home.exists()


def test_a_file_and_a_run_folder_give_a_path(tmp_path, w8_tensors, w8_metadata):
    run = tmp_path / "run"
    run.mkdir()
    with pytest.raises(WeightsError, match="has no best.safetensors"):
        resolve(run)
    save(run / "best.safetensors", w8_tensors, w8_metadata)
    assert resolve(run) == resolve(run / "best.safetensors") == resolve(os.fspath(run)) == run / "best.safetensors"


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("coco-w32-256x129", "coco-w32-256x192"),
        ("fasterrcnn_resnet50_fpn", "fasterrcnn_resnet50_fpn_v2"),
        ("imagenet_w32", "imagenet-w32"),
    ],
)
def test_an_unknown_name_answers_with_near_ones_and_how_to_list_all(typed, near):
    message = refusal(typed)
    assert f"there are no weights {typed!r}; did you mean {near}" in message and "python -m hrnet models" in message


def test_a_name_like_no_other_only_says_how_to_list_all():
    assert refusal("zzz") == "there are no weights 'zzz'; `python -m hrnet models` lists all names"


def test_an_entry_is_loaded_under_the_published_names_with_what_the_catalogue_says(one_entry, w8_tensors):
    tensors, metadata = load(ENTRY)
    assert metadata is one_entry.metadata and list(tensors) == list(w8_tensors)
    for name, tensor in tensors.items():
        assert isinstance(tensor, np.ndarray)
        np.testing.assert_array_equal(tensor, w8_tensors[name])


def test_an_entry_that_holds_another_network_is_refused(one_entry, monkeypatch):
    wrong = replace(one_entry, metadata=replace(one_entry.metadata, spec=W32))
    monkeypatch.setattr(lookup, "published", lambda: {ENTRY: wrong})
    assert "holds another network: said to be W32, its tensors are W8" in refusal(ENTRY)


def test_a_published_file_of_ones_own_is_prepared_as_its_name_suggests(tmp_path, w8_pth):
    path = tmp_path / "mine_256x192_udp.pth"
    path.write_bytes(w8_pth)
    _, metadata = load(path)
    assert (metadata.spec, metadata.skeleton, metadata.input_size) == (W8, COCO_17, (256, 192))
    assert (metadata.rule.name, metadata.decoder) == ("udp", "udp")


def test_a_file_whose_name_says_nothing_needs_to_be_told(tmp_path, w8_pth, w8_metadata):
    path = tmp_path / "mine.pth"
    path.write_bytes(w8_pth)
    assert "is a W8 with 17 heatmaps" in refusal(path) and "pass metadata=" in refusal(path)
    assert load(path, metadata=w8_metadata)[1] is w8_metadata
    other = replace(w8_metadata, skeleton=Skeleton.of(["nose", "tail"]))
    assert "gives 17 heatmaps, but custom has 2 joints" in refusal(path, metadata=other)


def test_the_name_of_the_file_stands_before_a_refusal(tmp_path):
    torch.save({"encoder.weight": torch.zeros(2)}, tmp_path / "other_256x192.pth")
    assert refusal(tmp_path / "other_256x192.pth").startswith(f"{tmp_path / 'other_256x192.pth'}: this is not an HRNet")


def test_a_trunk_starts_a_training_and_predicts_nothing(tmp_path, w8_tensors):
    path = tmp_path / "trunk.pth"
    trunk = {name: value for name, value in w8_tensors.items() if "final_layer" not in name}
    torch.save({name: torch.from_numpy(np.array(value)) for name, value in trunk.items()}, path)
    tensors, metadata = load(path, role="trunk")
    assert (metadata.role, metadata.spec) == ("trunk", W8) and list(tensors) == list(trunk)
    assert "a network without a head" in refusal(path)


def test_a_pose_network_can_start_a_training_too(tmp_path, w8_tensors, w8_metadata):
    save(tmp_path / "pose.safetensors", w8_tensors, w8_metadata)
    assert load(tmp_path / "pose.safetensors", role="trunk")[1] == w8_metadata
    assert "it goes to weights=" in refusal(tmp_path / "pose.safetensors", role="finder")


def test_a_detector_is_refused_before_it_is_fetched(own_home):
    assert "it goes to finder=" in refusal("fasterrcnn_resnet50_fpn_v2")
    assert "torchvision opens it" in refusal("fasterrcnn_resnet50_fpn_v2", role="finder")
    assert not own_home.exists()


def test_the_list_has_everything_and_says_where_it_is(
    embedded, own_home, tmp_path, w8_tensors, w8_metadata, monkeypatch
):
    save(embedded / "pose.safetensors", w8_tensors, w8_metadata)
    kept = own_home / "weights" / published()["coco-w48-256x192"].file
    kept.parent.mkdir(parents=True)
    kept.touch()
    monkeypatch.setenv("HRNET_OFFLINE_DIR", str(tmp_path))
    (tmp_path / published()["imagenet-w32"].file).touch()
    listed = {row["name"]: row for row in rows()}
    assert list(listed) == ["pose", *published()]
    assert {name: listed[name]["where"] for name in ("pose", "coco-w48-256x192", "imagenet-w32")} == {
        "pose": "embedded",
        "coco-w48-256x192": "cached",
        "imagenet-w32": "offline folder",
    }
    assert listed["coco-w32-256x192"]["where"] == "to fetch"
    assert listed["official-coco-w32-256x192"]["where"] == "by hand"
    assert listed["pose"] == {
        "name": "pose",
        "network": "W8",
        "joints": "coco-17",
        "size": "256x192",
        "figure": "AP 12.5 on drawn people, boxes: annotated, without flip test (measured)",
        "license": "Apache-2.0",
        "where": "embedded",
    }
    assert listed["mpii-w32-256x256"]["joints"] == MPII_16.name


def test_the_table_is_aligned_and_has_a_line_for_each():
    lines = table().splitlines()
    assert len(lines) == 1 + len(rows())
    column = lines[0].index("network")
    assert all(line[column - 2 : column] == "  " and line[column] != " " for line in lines)


def test_neither_the_list_nor_safetensors_need_torch_or_a_network(tmp_path, w8_tensors, w8_metadata):
    save(tmp_path / "ours.safetensors", w8_tensors, w8_metadata)
    save_file(w8_tensors, tmp_path / "theirs_256x192.safetensors")
    code = (
        "import socket, sys; socket.getaddrinfo = socket.socket.connect = None\n"
        "from hrnet.weights import load, table\n"
        "table(); assert all(load(path)[1].spec.name == 'W8' for path in sys.argv[1:])\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, *tmp_path.glob("*.safetensors")], check=True)
