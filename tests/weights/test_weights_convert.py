import pickle
import zipfile

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from hrnet.network import HRNet
from hrnet.spec import W8, W32, W48
from hrnet.weights import WeightsError, convert, published_shapes, read_checkpoint

ZERO = np.float32(0)


def hollow(shapes):
    """Arrays of these shapes with one number behind each: a W48 without its 250 MB."""
    return {name: np.broadcast_to(ZERO, shape) for name, shape in shapes.items()}


def in_mmpose(state, head):
    moved = {("" if name.startswith("final") else "backbone.") + name: tensor for name, tensor in state.items()}
    return {name.replace("final_layer", f"{head}.final_layer"): tensor for name, tensor in moved.items()}


def in_imagenet(state, width):
    """The names that timm's hrnet_wXX has besides: 124 of heads, 78 of fusion into branches 1 to 3 of the last unit."""
    heads = ["classifier.weight", "classifier.bias", "final_layer.0.weight", "final_layer.0.bias"]
    heads += [f"final_layer.1.{name}" for name in ("weight", "bias", "running_mean", "running_var", "tracked")]
    heads += [f"incre_modules.{i}" for i in range(96)] + [f"downsamp_modules.{i}" for i in range(21)]
    trunk = {name: tensor for name, tensor in state.items() if not name.startswith("final_layer")}
    fusion = {}
    for row, tensors in ((1, 18), (2, 24), (3, 36)):
        fusion |= {f"stage4.2.fuse_layers.{row}.{i}": np.zeros(width) for i in range(tensors)}
    return trunk | fusion | {name: np.zeros(1) for name in heads}


LAYOUTS = {
    "official": lambda state: state,
    "official, trained on several cards": lambda state: {f"module.{name}": tensor for name, tensor in state.items()},
    "official training": lambda state: {
        "epoch": 210,
        "model": "pose_hrnet",
        "state_dict": {f"module.{name}": tensor for name, tensor in state.items()},
        "best_state_dict": state,
        "optimizer": {},
    },
    "walkthrough training": lambda state: {"model": state, "optimizer": {}, "epoch": 3},
    "mmpose 0.x": lambda state: {"meta": {}, "state_dict": in_mmpose(state, "keypoint_head")},
    "mmpose 1.x": lambda state: {
        "meta": {},
        "state_dict": in_mmpose(state, "head") | {"data_preprocessor.mean": np.zeros(3)},
    },
}


@pytest.mark.parametrize("net", ["w32", "w48"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_comes_back_under_the_published_names(golden_shapes, net, layout):
    state = hollow(golden_shapes(net))
    # in another order than the published one, which the result must have nevertheless
    converted, report = convert(LAYOUTS[layout](dict(reversed(state.items()))))
    assert list(converted) == list(state)
    assert all(converted[name] is state[name] for name in state)
    assert report.layout == (layout if layout.startswith("mmpose") else "official")
    assert (report.spec, report.joints) == ({"w32": W32, "w48": W48}[net], 17)
    assert len(report.renamed) == (1754 if layout.startswith("mmpose") else 0)
    assert report.dropped == (("data_preprocessor.mean",) if layout == "mmpose 1.x" else ())
    assert (report.missing, report.added) == ((), ())


def test_the_report_reads_as_a_sentence(golden_shapes):
    _, report = convert(LAYOUTS["mmpose 1.x"](hollow(golden_shapes("w32"))))
    expected = "mmpose 1.x: W32, 17 joints; 1754 tensors kept, 1754 of them renamed; 1 dropped (data_preprocessor)"
    assert str(report) == expected


@pytest.mark.parametrize(("net", "width"), [("w32", 32), ("w48", 48)])
def test_a_classifier_gives_1752_tensors_and_its_final_layer_is_never_taken_for_heatmaps(golden_shapes, net, width):
    state = hollow(golden_shapes(net))
    published = in_imagenet(state, width)
    assert len(published) == 1956
    converted, report = convert(published)
    assert list(converted) == list(state)[:1752]
    assert (report.layout, report.joints) == ("ImageNet classifier", None)
    assert report.missing == ("final_layer.weight", "final_layer.bias")
    assert len(report.dropped) == 1956 - 1752


def test_a_classifier_final_layer_is_dropped_even_under_the_name_of_the_head(golden_shapes):
    state = hollow(golden_shapes("w32")) | {"classifier.weight": np.zeros((1000, 2048))}
    converted, report = convert(state)
    assert "final_layer.weight" not in converted and report.joints is None


def test_a_trunk_without_any_head_is_converted(golden_shapes):
    state = {name: tensor for name, tensor in hollow(golden_shapes("w32")).items() if "final_layer" not in name}
    for source in (state, {f"backbone.{name}": tensor for name, tensor in state.items()}):
        converted, report = convert(source)
        assert list(converted) == list(state) and report.missing == ("final_layer.weight", "final_layer.bias")


def test_a_converted_checkpoint_loads_strictly_into_the_network(w8_tensors):
    theirs = in_mmpose({name: torch.from_numpy(np.array(value)) for name, value in w8_tensors.items()}, "head")
    converted, report = convert({"state_dict": theirs})
    network = HRNet(report.spec, report.joints)
    network.load_state_dict(converted, strict=True)
    np.testing.assert_array_equal(network.final_layer.weight.detach(), w8_tensors["final_layer.weight"])


@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
def test_counters_that_old_files_lack_are_added_so_that_strict_loading_works(w8_tensors, kind):
    old = {name: kind(tensor) for name, tensor in w8_tensors.items() if not name.endswith("num_batches_tracked")}
    converted, report = convert(old)
    assert list(converted) == list(w8_tensors) and len(report.added) == 131
    counter = converted[report.added[0]]
    assert type(counter) is type(kind(np.zeros(()))) and int(counter) == 0 and "int64" in str(counter.dtype)


def test_the_udp_repositorys_wider_network_is_refused(golden_shapes):
    state = hollow(golden_shapes("w32"))
    state["stage4.2.fuse_layers.0.0.0.weight"] = np.broadcast_to(ZERO, (128, 32, 1, 1))
    with pytest.raises(WeightsError, match="UDP repository"):
        convert(state)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["1.final_layers.0.weight", "1.deconv_layers.0.0.0.weight"], "HigherHRNet"),
        (["backbone.layer3.0.conv1.weight", "head.final_layer.weight"], "a ResNet"),
        (["backbone.patch_embed.projection.weight", "head.final_layer.weight"], "vision transformer"),
        (["backbone.stem.0.conv.weight", "head.mlp.0.g"], "CSPNeXt"),
        (["backbone.stem.conv1.conv.weight", "backbone.stage0.0.layers.0.weight"], "Lite-HRNet"),
        (["backbone.body.conv1.weight", "rpn.head.conv.weight"], "torchvision detector"),
        (["encoder.weight"], "not an HRNet: 'stage2.0.branches.0.0.conv1.weight' is missing"),
    ],
)
def test_other_architectures_are_refused_by_name(names, said):
    with pytest.raises(WeightsError, match=said):
        convert({name: np.zeros((4, 4, 1, 1)) for name in names})


@pytest.mark.parametrize("head", ["head.conv_layers.0", "keypoint_head.final_layer.0"])
def test_a_hand_network_that_reads_all_branches_is_refused(golden_shapes, head):
    state = {f"backbone.{name}": tensor for name, tensor in hollow(golden_shapes("w32")).items()}
    with pytest.raises(WeightsError, match="HRNetV2"):
        convert(state | {f"{head}.weight": np.zeros((270, 270, 1, 1))})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda state: state.pop("stage3.2.branches.1.0.bn1.weight"), "branches.1.0.bn1.weight is missing"),
        (lambda state: state.update({"neck.weight": ZERO}), "neck.weight has no place"),
        (
            lambda state: state.update({"final_layer.weight": np.zeros((17, 32, 3, 3))}),
            r"final_layer.weight is \(17, 32, 3, 3\) instead of \(17, 32, 1, 1\)",
        ),
        (lambda state: state.pop("final_layer.weight"), "final_layer.bias has no place"),
        (lambda state: state.update({"final_layer.weight": ZERO}), "final_layer.weight has no place"),
    ],
)
def test_a_state_dict_that_is_not_whole_is_refused_with_the_first_difference(golden_shapes, change, said):
    state = hollow(golden_shapes("w32"))
    change(state)
    with pytest.raises(WeightsError, match=said):
        convert(state)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([1, 2], "got list"),
        ({}, "it is empty"),
        ({"epoch": 3, "optimizer": {}}, "'epoch' is a int"),
        ({3: np.zeros(2)}, "3 is a ndarray"),
        ({"state_dict": {}}, "it is empty"),
    ],
)
def test_what_holds_no_state_dict_is_refused(content, said):
    with pytest.raises(WeightsError, match=said):
        convert(content)


class Touch:
    """Unpickling it creates a file: what a hostile checkpoint could do with anything."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.mark.parametrize("write", [torch.save, lambda value, path: path.write_bytes(pickle.dumps(value))])
def test_a_hostile_checkpoint_is_refused_and_not_executed(tmp_path, write):
    path, owned = tmp_path / "hostile.pth", tmp_path / "owned"
    write({"state_dict": Touch(owned)}, path)
    with pytest.raises(WeightsError, match="hostile.pth") as refusal:
        read_checkpoint(path)
    assert not owned.exists() and "\n" not in str(refusal.value)
    if write is torch.save:
        assert "holds io.open, which only running code from the file could rebuild" in str(refusal.value)


@pytest.mark.parametrize("numpy_2", [True, False])
def test_numpy_numbers_in_the_meta_of_a_checkpoint_are_read(tmp_path, numpy_2):
    """As mmengine writes them, with the module names of numpy 1 or 2."""
    meta = {
        "sigmas": np.linspace(0, 1, 4, dtype=np.float32),
        "colors": np.zeros((2, 3), np.uint8),
        "AP": np.float64(0.7),
    }
    path = tmp_path / "mmpose.pth"
    torch.save({"meta": meta, "state_dict": {"conv1.weight": torch.ones(3)}}, path)
    if not numpy_2:
        with zipfile.ZipFile(path) as file:
            parts = {name: file.read(name).replace(b"numpy._core.", b"numpy.core.") for name in file.namelist()}
        with zipfile.ZipFile(path, "w") as file:
            for name, content in parts.items():
                file.writestr(name, content)
    content = read_checkpoint(path)
    assert content["state_dict"]["conv1.weight"].tolist() == [1, 1, 1]
    np.testing.assert_array_equal(content["meta"]["sigmas"], meta["sigmas"])


def test_numpy_arrays_of_objects_are_refused(tmp_path):
    torch.save({"meta": np.array([{}], dtype=object)}, tmp_path / "objects.pth")
    with pytest.raises(WeightsError, match="objects.pth"):
        read_checkpoint(tmp_path / "objects.pth")


@pytest.mark.parametrize("zipped", [True, False])
def test_a_truncated_pth_is_one_clear_line(tmp_path, zipped):
    path = tmp_path / "short.pth"
    torch.save({"a": torch.zeros(1000)}, path, _use_new_zipfile_serialization=zipped)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(WeightsError, match="short.pth is cut short") as refusal:
        read_checkpoint(path)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "start", [b"<!DOCTYPE html><html>", b"version https://git-lfs.github.com/spec/v1\n", b"\n <html>"]
)
def test_a_web_page_or_pointer_in_place_of_weights_is_called_so(tmp_path, start):
    (tmp_path / "page.pth").write_bytes(start)
    with pytest.raises(WeightsError, match="a web page or a pointer"):
        read_checkpoint(tmp_path / "page.pth")


def test_a_file_that_is_not_there_is_called_so(tmp_path):
    with pytest.raises(WeightsError, match="there is no file"):
        read_checkpoint(tmp_path / "none.pth")


def test_safetensors_of_others_are_read_as_single_precision(tmp_path):
    save_file({"module.a": np.ones(3, np.float16)}, tmp_path / "a.safetensors", {"format": "pt"})
    value = read_checkpoint(tmp_path / "a.safetensors")["module.a"]
    assert value.dtype == np.float32 and value.tolist() == [1, 1, 1]


def test_a_bfloat16_safetensors_says_what_to_do(tmp_path):
    from safetensors.torch import save_file as save_torch_file

    save_torch_file({"a": torch.zeros(3, dtype=torch.bfloat16)}, tmp_path / "b.safetensors")
    with pytest.raises(WeightsError, match="save it as float32"):
        read_checkpoint(tmp_path / "b.safetensors")


def test_the_smallest_network_is_recognized_too():
    _, report = convert(hollow(published_shapes(W8, 3)))
    assert (report.spec, report.joints) == (W8, 3)
