import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from hrnet.geometry import RULES
from hrnet.skeleton import MPII_16
from hrnet.spec import W8, W16_SMALL
from hrnet.weights import Figure, Metadata, WeightsError, checkpoint, read_metadata, save


@pytest.fixture
def written(tmp_path, w8_tensors, w8_metadata):
    save(tmp_path / "w8.safetensors", w8_tensors, w8_metadata)
    return tmp_path / "w8.safetensors"


def rewritten(path, values):
    """The same tensors behind another header: values, or the text itself."""
    text = values if isinstance(values, str) else json.dumps({"format": checkpoint.FORMAT} | values)
    save_file(load_file(path), path, {checkpoint.HEADER: text})
    return path


def test_everything_that_prediction_obeys_comes_back(written, w8_metadata):
    assert checkpoint.load(written)[1] == w8_metadata == read_metadata(written)


def five_maps(tensors):
    return tensors | {"final_layer.weight": np.ones((5, 8, 1, 1)), "final_layer.bias": np.zeros(5)}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_crop_rule_comes_back(w8_metadata, rule):
    metadata = replace(w8_metadata, rule=rule)
    assert Metadata.from_dict(json.loads(json.dumps(metadata.to_dict()))).rule is rule


def test_convolutions_come_back_rounded_to_half_precision_and_vectors_exactly(written, w8_tensors):
    tensors, _ = checkpoint.load(written)
    assert tensors.keys() == w8_tensors.keys()
    for name, tensor in w8_tensors.items():
        stored = tensor.astype(np.float16).astype(np.float32) if tensor.ndim == 4 else tensor
        np.testing.assert_array_equal(tensors[name], stored)
        assert tensors[name].dtype == (np.int64 if name.endswith("tracked") else np.float32)
    assert written.stat().st_size < 2.2 * 896_025  # two bytes each, a tenth for vectors and names


def test_a_weight_beyond_half_precision_keeps_its_value(tmp_path, w8_tensors, w8_metadata):
    large = w8_tensors["conv2.weight"].copy()
    large[0, 0, 0, 0] = 70_000
    save(tmp_path / "large.safetensors", w8_tensors | {"conv2.weight": large}, w8_metadata)
    np.testing.assert_array_equal(checkpoint.load(tmp_path / "large.safetensors")[0]["conv2.weight"], large)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_not_saved_and_leave_nothing_behind(tmp_path, w8_tensors, w8_metadata, value):
    bad = w8_tensors | {"bn1.weight": np.full(64, value, np.float32)}
    with pytest.raises(WeightsError, match="bn1.weight holds values that are not finite"):
        save(tmp_path / "bad.safetensors", bad, w8_metadata)
    assert list(tmp_path.iterdir()) == []


def test_torch_tensors_are_saved_like_arrays(tmp_path, written, w8_tensors, w8_metadata):
    tensors = {name: torch.from_numpy(np.array(value)) for name, value in w8_tensors.items()}
    tensors["conv1.weight"] = torch.nn.Parameter(tensors["conv1.weight"])
    save(tmp_path / "torch.safetensors", tensors, w8_metadata)
    assert (tmp_path / "torch.safetensors").read_bytes() == written.read_bytes()
    assert checkpoint.to_numpy(torch.ones(2, dtype=torch.bfloat16)).dtype == np.float32


def test_arrays_that_are_not_contiguous_are_saved_right(tmp_path, w8_tensors, w8_metadata):
    turned = np.asfortranarray(w8_tensors["conv2.weight"])
    save(tmp_path / "turned.safetensors", w8_tensors | {"conv2.weight": turned}, w8_metadata)
    read = checkpoint.load(tmp_path / "turned.safetensors")[0]["conv2.weight"]
    np.testing.assert_array_equal(read, turned.astype(np.float16))


def test_a_save_that_fails_leaves_the_older_file_whole(written, w8_tensors, w8_metadata, monkeypatch):
    before = written.read_bytes()

    def half(tensors, path, header):
        path.write_bytes(b"half")
        raise OSError("no space")

    monkeypatch.setattr(checkpoint, "save_file", half)
    with pytest.raises(OSError, match="no space"):
        save(written, w8_tensors, w8_metadata)
    assert written.read_bytes() == before and [path.name for path in written.parent.iterdir()] == [written.name]


@pytest.mark.parametrize("size", [0, 5, 1000, 500_000, -1])
def test_a_truncated_file_is_one_clear_line(written, size):
    written.write_bytes(written.read_bytes()[:size])
    with pytest.raises(WeightsError, match="w8.safetensors is not a whole safetensors file") as refusal:
        checkpoint.load(written)
    assert "\n" not in str(refusal.value)


def test_a_file_of_another_program_is_told_from_ours(written):
    assert checkpoint.is_ours(written)
    save_file(load_file(written), written, {"format": "pt"})
    assert not checkpoint.is_ours(written)
    with pytest.raises(WeightsError, match="does not say how its input was prepared"):
        checkpoint.load(written)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("rule", "dark", "rule must be one of official, .*walkthrough-stretch, got 'dark'"),
        ("rule", ["official"], "rule must be one of"),
        ("role", "poet", "role must be one of"),
        ("decoder", "softmax", "decoder must be one of quarter, argmax, dark, udp, got 'softmax'"),
        ("kernel", 4, "kernel must be odd and positive, got 4"),
        ("kernel", None, "in the metadata"),
        ("input_size", [250, 190], "multiples of 32"),
        ("input_size", [256], "multiples of 32"),
        ("std", [0, 1, 1], "std above 0"),
        ("mean", 0.5, "in the metadata"),
        ("spec", {}, "not a network layout"),
        ("spec", None, "a pose must say its spec"),
        ("skeleton", None, "a pose network must say its skeleton"),
        ("skeleton", [], "not a skeleton"),
        ("figures", [{"metric": "AP"}], "in the metadata"),
        ("unknown", 1, "unknown"),
        ("threshold", 1.5, "threshold lies between 0 and 1, got 1.5"),
        ("threshold", "low", "in the metadata"),
        ("format", 2, "its format is not 1"),
    ],
)
def test_a_header_that_cannot_be_obeyed_is_refused(written, w8_metadata, key, value, said):
    rewritten(written, w8_metadata.to_dict() | {key: value})
    with pytest.raises(WeightsError, match=f"the header of .*{said}") as refusal:
        checkpoint.load(written)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 1, "role": "pose"}', "[" * 100_000])
def test_a_header_that_is_not_ours_inside_is_refused(written, text):
    with pytest.raises(WeightsError, match="cannot be used"):
        read_metadata(rewritten(written, text))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"spec": W16_SMALL}, "holds another network: said to be W16-small, its tensors are W8"),
        ({"skeleton": MPII_16}, "gives 17 heatmaps, but mpii-16 has 16 joints"),
    ],
)
def test_a_file_that_holds_another_network_than_it_says_is_neither_written_nor_read(
    tmp_path, written, w8_tensors, w8_metadata, change, said
):
    wrong = replace(w8_metadata, **change)
    with pytest.raises(WeightsError, match=said):
        save(tmp_path / "wrong.safetensors", w8_tensors, wrong)
    with pytest.raises(WeightsError, match=said):
        checkpoint.load(rewritten(written, wrong.to_dict()))


def test_a_file_without_an_hrnet_or_said_to_be_a_detector_is_refused(tmp_path, written, w8_tensors, w8_metadata):
    with pytest.raises(WeightsError, match="other.safetensors: this is not an HRNet"):
        save(tmp_path / "other.safetensors", {"encoder.weight": np.ones(3)}, w8_metadata)
    with pytest.raises(WeightsError, match="says it is a detector"):
        checkpoint.load(rewritten(written, Metadata(role="detector").to_dict()))


def test_three_maps_per_joint_are_called_an_offset_head(w8_tensors, w8_metadata):
    shapes = {name: tensor.shape for name, tensor in w8_tensors.items()}
    shapes |= {"final_layer.weight": (51, 8, 1, 1), "final_layer.bias": (51,)}
    with pytest.raises(WeightsError, match="UDP's offset head"):
        checkpoint.check(shapes, w8_metadata, "regress.pth")


def test_a_pose_file_without_a_tensor_is_not_written(tmp_path, w8_tensors, w8_metadata):
    fewer = {name: tensor for name, tensor in w8_tensors.items() if name != "bn2.bias"}
    with pytest.raises(WeightsError, match="is not a whole W8: bn2.bias is missing"):
        save(tmp_path / "fewer.safetensors", fewer, w8_metadata)


def test_a_finder_brings_its_own_number_of_maps_its_decoder_and_its_threshold(tmp_path, w8_tensors):
    metadata = Metadata(role="finder", spec=W8, input_size=(512, 512), decoder="center", threshold=0.3)
    save(tmp_path / "finder.safetensors", five_maps(w8_tensors), metadata)
    tensors, read = checkpoint.load(tmp_path / "finder.safetensors")
    assert read == metadata and tensors["final_layer.weight"].shape == (5, 8, 1, 1)


@pytest.mark.parametrize("lost", ["final_layer.weight", "bn1.bias"])
def test_a_finder_that_is_not_whole_is_not_written(tmp_path, w8_tensors, lost):
    fewer = {name: tensor for name, tensor in five_maps(w8_tensors).items() if name != lost}
    with pytest.raises(WeightsError, match=f"is not a whole W8: {lost} is missing"):
        save(tmp_path / "finder.safetensors", fewer, Metadata(role="finder", spec=W8))


def test_a_figure_says_on_which_data_with_which_boxes_and_whether_flipped():
    figure = Figure("AP", 74.94, "COCO val2017", "annotated", flip=True, measured=True, source="train/evaluate.py")
    assert str(figure) == "AP 74.9 on COCO val2017, boxes: annotated, with flip test (measured)"


def test_the_header_is_readable_with_safetensors_alone(written):
    with safe_open(written, framework="numpy") as file:
        header = json.loads(file.metadata()["hrnet"])
    assert (header["format"], header["input_size"], header["decoder"]) == (1, [256, 192], "dark")
    assert header["skeleton"]["joints"][0] == "nose"
