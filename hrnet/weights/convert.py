"""Published checkpoints, whatever they call their tensors, under the official names that our network uses too.

No tensor is touched: a converted state dict holds the very arrays (numpy or torch) of the one it came from.
"""

from __future__ import annotations

import os
import pickle
import re
import warnings
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hrnet.spec import ModelSpec
from hrnet.weights.checkpoint import read_tensors
from hrnet.weights.errors import WeightsError
from hrnet.weights.names import COUNTER, HEAD, first_difference, infer_spec, published_shapes

# Where training code keeps the state dict inside of a checkpoint, best first (official train.py, mmengine, the
# walkthrough port).
CONTAINERS = ("best_state_dict", "state_dict", "model")

# Names that give another architecture away, and what it is then.
_OTHERS = (
    (
        r"^(rpn|roi_heads)\.|^head\.(classification|regression)_head\.",
        "a torchvision detector",
    ),
    (r"(^|\.)(deconv_layers|final_layers)\.", "a network with a deconvolution head (SimpleBaseline, HigherHRNet)"),
    (r"(^|\.)(patch_embed|pos_embed|embeddings)\b", "a vision transformer such as ViTPose"),
    (r"(^|\.)stage0\.", "a Lite-HRNet"),
    (r"(^|\.)stem\.\d+\.conv", "a CSPNeXt such as RTMPose"),
    (r"(^|\.)layer[234]\.\d+\.conv", "a ResNet"),
    (r"^head\.conv_layers\.|^keypoint_head\.final_layer\.\d", "an HRNetV2 whose head reads all four branches (hands)"),
)
_CLASSIFIER = ("incre_modules.", "downsamp_modules.", "classifier.")  # the heads of the ImageNet networks


@dataclass(frozen=True)
class Report:
    """What a conversion found and did. All names are the published ones, except where it says otherwise."""

    layout: str
    spec: ModelSpec
    joints: int | None  # K, the heatmaps of the head; None for a network without one
    kept: tuple[str, ...]  # tensors of the result that were in the file
    renamed: dict[str, str]  # name in the file -> name in the result, where they differ
    dropped: tuple[str, ...]  # names in the file that a pose network has no use for
    missing: tuple[str, ...]  # tensors of a pose network that the result lacks: nothing, or the head
    added: tuple[str, ...]  # counters of batch norm that very old files do not have; 0, and never read in prediction

    def __str__(self) -> str:
        head = "no head" if self.joints is None else f"{self.joints} joints"
        parts = [f"{len(self.kept)} tensors kept, {len(self.renamed)} of them renamed"]
        for word in ("dropped", "missing", "added"):
            if names := getattr(self, word):
                groups = sorted({name.split(".")[0] for name in names})
                parts.append(f"{len(names)} {word} ({', '.join(groups)})")
        return f"{self.layout}: {self.spec.name}, {head}; {'; '.join(parts)}"


def convert(state_dict: Mapping[str, Any]) -> tuple[dict[str, Any], Report]:
    """A checkpoint under the published names, in the published order.

    Reads the official layout (bare, with `module.` in front, or inside of a training checkpoint), mmpose 0.x and 1.x,
    and the ImageNet networks of HRNet/HRNet-Image-Classification and timm, whose classification head is dropped.

    Args:
        state_dict: name -> numpy array or torch tensor; or a checkpoint that contains one.
    Returns:
        published name -> the same array; without `final_layer` where the file has no heatmap head.
    Raises:
        WeightsError: not an HRNet for keypoints, or not all of one.
    """
    tensors = _unwrapped(state_dict)
    _refuse_others(tensors)
    layout, names, dropped = _layout(tensors)  # names: published -> in the file
    spec = infer_spec({name: tuple(tensors[old].shape) for name, old in names.items()})

    last = f"stage4.{spec.modules[2] - 1}.fuse_layers."
    if f"{last}0.0.0.weight" in names:
        raise WeightsError(
            "this is the network of the UDP repository, whose last fusion is four times as wide: another architecture; "
            "mmpose's UDP weights are HRNets (coco-w32-256x192-udp)"
        )
    # A classifier reads all branches; a heatmap head only branch 0, so the fusion into the others is left out.
    unread = {name for name in names if name.startswith(last) and not name.startswith(f"{last}0.")}
    dropped += [names.pop(name) for name in sorted(unread)]

    shapes = {name: tuple(tensors[old].shape) for name, old in names.items()}
    joints = next(iter(shapes.get(HEAD[0], ())), None)
    expected = published_shapes(spec, joints)
    added = [name for name in expected if name.endswith(COUNTER) and name not in names]
    difference = first_difference(shapes | dict.fromkeys(added, ()), expected)
    if difference:
        raise WeightsError(f"this is not a whole {spec.name} ({layout}): {difference}")

    zero = _zero_like(next(iter(tensors.values())))
    result = {name: tensors[names[name]] if name in names else zero for name in expected}
    report = Report(
        layout=layout,
        spec=spec,
        joints=joints,
        kept=tuple(name for name in expected if name in names),
        renamed={old: name for name, old in names.items() if old != name},
        dropped=tuple(dropped),
        missing=HEAD if joints is None else (),
        added=tuple(added),
    )
    return result, report


def read_checkpoint(path: str | os.PathLike[str]) -> Mapping[str, Any]:
    """What a checkpoint file holds, for `convert`: safetensors without torch, anything else with it.

    Raises:
        WeightsError: there is no such file, it is cut short, or it holds more than numbers. Nothing in it is executed.
    """
    path = Path(path)
    if path.suffix == ".safetensors":
        return read_tensors(path)
    if not path.is_file():
        raise WeightsError(f"there is no file {path}")
    with path.open("rb") as file:
        start = file.read(64).lstrip()
    if start.startswith((b"<", b"version https://git-lfs")):
        raise WeightsError(f"{path} is a web page or a pointer saved in place of the weights; download them again")

    import torch

    try:
        with _numbers(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's remarks on old pickles; what matters is raised
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged or hostile file makes torch raise nearly anything
        forbidden = re.search(r"(?:GLOBAL|class) ([\w.]+)", str(error))
        if isinstance(error, pickle.UnpicklingError) and forbidden:
            raise WeightsError(
                f"{path} holds {forbidden[1]}, which only running code from the file could rebuild, so it is refused; "
                "save its state_dict alone"
            ) from None
        raise WeightsError(f"{path} is cut short or holds more than tensors ({type(error).__name__})") from None


def _numbers() -> AbstractContextManager[None]:
    """What torch may rebuild besides tensors: numpy arrays of plain numbers.

    Files of mmpose 1.x need it: their "meta" carries sigmas and colors as arrays (mmengine's dataset_meta), and those
    of 0.x the best score as a numpy number.
    """
    from torch.serialization import safe_globals

    functions = (np.empty(0).__reduce__()[0], np.float64(0).__reduce__()[0])  # _reconstruct and scalar
    modules = ("numpy.core.multiarray", "numpy._core.multiarray")  # before and since numpy 2
    named = [(function, f"{module}.{function.__name__}") for function in functions for module in modules]
    kinds = [type(np.dtype(kind)) for kind in ("f2", "f4", "f8", "u1", "i4", "i8", "?")]
    return safe_globals([np.ndarray, np.dtype, *kinds, *named])


def _unwrapped(checkpoint: Mapping[str, Any]) -> dict[str, Any]:
    """Name -> tensor, out of its container and without the `module.` of DataParallel."""
    if not isinstance(checkpoint, Mapping):
        raise WeightsError(f"a checkpoint is a dict of tensors, got {type(checkpoint).__name__}")
    inner = next((checkpoint[key] for key in CONTAINERS if isinstance(checkpoint.get(key), Mapping)), checkpoint)
    wrong = next((key for key, value in inner.items() if not isinstance(key, str) or not hasattr(value, "shape")), None)
    if wrong is not None or not inner:
        has = f"{wrong!r} is a {type(inner[wrong]).__name__}" if inner else "it is empty"
        raise WeightsError(f"this holds no state dict: {has}; tensors are looked for under {', '.join(CONTAINERS)}")
    prefix = "module." * all(name.startswith("module.") for name in inner)
    return {name.removeprefix(prefix): tensor for name, tensor in inner.items()}


def _refuse_others(tensors: Mapping[str, Any]) -> None:
    for pattern, what in _OTHERS:
        if any(re.search(pattern, name) for name in tensors):
            raise WeightsError(f"this is {what}, not an HRNet with a heatmap head")


def _layout(tensors: Mapping[str, Any]) -> tuple[str, dict[str, str], list[str]]:
    """The name of the layout, published name -> name in the file, and the names that nobody needs."""
    names: dict[str, str] = {}
    dropped: list[str] = []
    if any(name.startswith("backbone.") for name in tensors):
        heads = {"keypoint_head.": "mmpose 0.x", "head.": "mmpose 1.x"}
        head = next((head for head in heads if any(name.startswith(head) for name in tensors)), "")
        for name in tensors:
            if name.startswith("data_preprocessor."):  # mean and std, which the metadata carries
                dropped.append(name)
            else:
                names[name.removeprefix("backbone." if name.startswith("backbone.") else head)] = name
        return heads.get(head, "mmpose, backbone only"), names, dropped
    classifier = any(name.startswith(_CLASSIFIER) or re.match(r"final_layer\.\d", name) for name in tensors)
    for name in tensors:
        # a classifier has a final_layer too, a convolution to 2048 channels: never to be taken for heatmaps
        if classifier and name.startswith((*_CLASSIFIER, "final_layer.")):
            dropped.append(name)
        else:
            names[name] = name
    return "ImageNet classifier" if classifier else "official", names, dropped


def _zero_like(tensor: Any) -> Any:
    """A counter of the same kind of array."""
    if hasattr(tensor, "detach"):
        import torch

        return torch.zeros((), dtype=torch.int64)
    return np.zeros((), np.int64)
