"""Our own weights files: safetensors whose header says everything that prediction must obey. No torch here.

Convolutions are stored in half precision; vectors (batch norm, biases: one byte in a hundred) stay in single precision,
because a running variance may lie where half precision has few digits left. Reading gives single precision throughout.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from hrnet.files import replacing
from hrnet.geometry import RULES, CropRule, Size
from hrnet.skeleton import Skeleton
from hrnet.spec import ModelSpec
from hrnet.weights.errors import WeightsError
from hrnet.weights.names import HEAD, Shape, first_difference, infer_spec, published_shapes

HEADER = "hrnet"  # the one entry of the header: safetensors writes several in random order, so files would differ
FORMAT = 1  # raised when an older reader could not obey a newer file
IMAGENET_MEAN = (0.485, 0.456, 0.406)  # of RGB / 255; lib/dataset of leoxiaobin/deep-high-resolution-net.pytorch, and
IMAGENET_STD = (0.229, 0.224, 0.225)  # every toolkit since; mmpose writes the same numbers times 255
DARK_KERNEL = 11  # blur before DARK's and UDP's Newton step, in heatmap pixels; every yaml of ilovepose/DarkPose
STRIDE = 32  # of the coarsest branch, so both sides of the input are multiples of it

ROLES = ("pose", "finder", "trunk", "detector")
DECODERS = ("quarter", "argmax", "dark", "udp")
COLORS = ("RGB", "BGR")


@dataclass(frozen=True)
class Figure:
    """One number and everything without which it means nothing."""

    metric: str  # "AP", "PCKh@0.5"
    value: float  # percent
    data: str  # "COCO val2017"
    boxes: str  # where the boxes came from
    flip: bool  # whether the mirrored picture was averaged in
    measured: bool  # True: by this project's own evaluation; False: as its publisher states it
    source: str  # the file or command that says so

    def __str__(self) -> str:
        flip = "with" if self.flip else "without"
        kind = "measured" if self.measured else "published"
        return f"{self.metric} {self.value:.1f} on {self.data}, boxes: {self.boxes}, {flip} flip test ({kind})"


@dataclass(frozen=True)
class Metadata:
    """What a weights file is, and how its input was prepared in training; prediction obeys it.

    Raises:
        ValueError: a value is not one of the possible ones, or a pose network does not say what it must.
    """

    role: str  # one of ROLES; a trunk is a network without a head, a detector is torchvision's
    spec: ModelSpec | None = None
    skeleton: Skeleton | None = None
    input_size: Size | None = None  # (height, width)
    rule: CropRule | None = None  # also decides whether the flip test shifts
    decoder: str = "quarter"  # one of DECODERS for a pose network; a finder names its own
    kernel: int = DARK_KERNEL
    mean: tuple[float, float, float] = IMAGENET_MEAN  # of pixels / 255, in the order of `color`
    std: tuple[float, float, float] = IMAGENET_STD
    color: str = "RGB"
    license: str = ""  # of the code it came with
    data: str = ""  # what it was trained on, and the terms of that
    figures: tuple[Figure, ...] = ()
    provenance: str = ""  # who trained it, and how
    threshold: float | None = None  # of a finder: the lowest score, 0 to 1, that makes a person

    def __post_init__(self) -> None:
        _one_of("role", self.role, ROLES)
        _one_of("color", self.color, COLORS)
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise ValueError(f"mean and std need three values, std above 0, got {self.mean} and {self.std}")
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise ValueError(f"kernel must be odd and positive, got {self.kernel}")
        if self.role == "pose":
            _one_of("decoder", self.decoder, DECODERS)
            for name in ("skeleton", "input_size", "rule"):
                if getattr(self, name) is None:
                    raise ValueError(f"a pose network must say its {name}")
        if self.role != "detector" and self.spec is None:
            raise ValueError(f"a {self.role} must say its spec")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise ValueError(f"threshold lies between 0 and 1, got {self.threshold}")
        if self.input_size is not None:
            if len(self.input_size) != 2 or any(side < STRIDE or side % STRIDE for side in self.input_size):
                raise ValueError(f"input_size is (height, width) in multiples of {STRIDE}, got {self.input_size}")

    @property
    def joints(self) -> int | None:
        return None if self.skeleton is None else len(self.skeleton)

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can carry; `Metadata.from_dict` reads them back."""
        return {
            "role": self.role,
            "spec": None if self.spec is None else self.spec.to_dict(),
            "skeleton": None if self.skeleton is None else self.skeleton.to_dict(),
            "input_size": None if self.input_size is None else list(self.input_size),
            "rule": None if self.rule is None else self.rule.name,
            "decoder": self.decoder,
            "kernel": self.kernel,
            "mean": list(self.mean),
            "std": list(self.std),
            "color": self.color,
            "license": self.license,
            "data": self.data,
            "figures": [asdict(figure) for figure in self.figures],
            "provenance": self.provenance,
            "threshold": self.threshold,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Metadata:
        """The inverse of `to_dict`.

        Raises:
            ValueError: a key is missing or unknown, or its value is not a possible one.
        """
        spec, skeleton, size, rule = (values.get(key) for key in ("spec", "skeleton", "input_size", "rule"))
        if rule is not None:
            _one_of("rule", rule, tuple(RULES))
        try:
            read = {
                "spec": None if spec is None else ModelSpec.from_dict(spec),
                "skeleton": None if skeleton is None else Skeleton.from_dict(skeleton),
                "input_size": None if size is None else tuple(int(side) for side in size),
                "rule": None if rule is None else RULES[rule],
                "mean": tuple(float(x) for x in values["mean"]),
                "std": tuple(float(x) for x in values["std"]),
                "figures": tuple(Figure(**figure) for figure in values["figures"]),
            }
            return cls(**{**values, **read})
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"{error} in the metadata") from None


def save(path: str | os.PathLike[str], tensors: Mapping[str, Any], metadata: Metadata) -> None:
    """Write a weights file, whole or not at all.

    Args:
        tensors: published name -> array or torch tensor.
    Raises:
        WeightsError: the tensors are not those of `metadata.spec`, or hold values that are not finite.
        OSError: the folder cannot be written.
    """
    path = Path(path)
    arrays = {name: to_numpy(tensor) for name, tensor in tensors.items()}
    check({name: array.shape for name, array in arrays.items()}, metadata, path.name)
    header = {HEADER: json.dumps({"format": FORMAT} | metadata.to_dict())}
    with replacing(path, lasting=True) as part:
        save_file({name: _packed(name, array) for name, array in arrays.items()}, part, header)


def load(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], Metadata]:
    """Read a weights file: published name -> float32 array (counters int64), and what its header says.

    Raises:
        WeightsError: there is no such file, it is cut short, has no header of ours, or holds another network than it
            says.
    """
    path = Path(path)
    with _opened(path) as file:
        metadata = _metadata(file, path)
        check({name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}, metadata, path.name)
        return _tensors(file), metadata


def read_metadata(path: str | os.PathLike[str]) -> Metadata:
    """Only the header, in a millisecond whatever the size of the file. Raises WeightsError like `load`."""
    path = Path(path)
    with _opened(path) as file:
        return _metadata(file, path)


def read_tensors(path: Path) -> dict[str, np.ndarray]:
    """The tensors of any safetensors file by the names it uses, as single precision. Raises WeightsError."""
    with _opened(path) as file:
        return _tensors(file)


def is_ours(path: Path) -> bool:
    """Whether it is a safetensors file with our header; False for files that other programs wrote.

    Raises:
        WeightsError: it calls itself safetensors and cannot be read.
    """
    if path.suffix != ".safetensors":
        return False
    with _opened(path) as file:
        return HEADER in (file.metadata() or {})


def check(shapes: Mapping[str, Shape], metadata: Metadata, name: str) -> None:
    """Hold the tensors of the file `name` against what is said of them. How many maps a finder gives is its own choice.

    Raises:
        WeightsError: they are of another network, have another number of joints, or are not all there.
    """
    if metadata.spec is None:
        raise WeightsError(f"{name} says it is a {metadata.role}; those are not kept in files of this kind")
    try:
        said, found = metadata.spec, infer_spec(shapes)
    except WeightsError as error:
        raise WeightsError(f"{name}: {error}") from None
    if replace(found, name=said.name) != said:
        raise WeightsError(f"{name} holds another network: said to be {said.name}, its tensors are {found.name}")
    heatmaps = next(iter(shapes.get(HEAD[0], ())), 0)
    if metadata.joints is not None and heatmaps != metadata.joints:
        offsets = "; three per joint are UDP's offset head, which is not supported" * (heatmaps == 3 * metadata.joints)
        raise WeightsError(
            f"{name} gives {heatmaps} heatmaps, but {metadata.skeleton.name} has {metadata.joints} joints{offsets}"
        )
    expected = published_shapes(found, heatmaps if metadata.role == "finder" else metadata.joints)
    difference = first_difference(shapes, expected)
    if difference:
        raise WeightsError(f"{name} is not a whole {found.name}: {difference}")


def to_numpy(tensor: Any) -> np.ndarray:
    """An array of any array, floats in single precision: torch tensors are detached and fetched."""
    if hasattr(tensor, "detach"):  # torch, which must not be imported only to be asked
        tensor = tensor.detach().cpu()
        tensor = (tensor.float() if tensor.is_floating_point() else tensor).numpy()
    array = np.asarray(tensor, order="C")
    return array.astype(np.float32, copy=False) if array.dtype.kind == "f" else array


def _packed(name: str, array: np.ndarray) -> np.ndarray:
    """As it is stored: half precision for convolutions, unless a value does not fit into it."""
    if array.dtype.kind != "f":
        return array
    if not np.isfinite(array).all():
        raise WeightsError(f"{name} holds values that are not finite; weights like that are not saved")
    if array.ndim < 2 or np.abs(array).max(initial=0) > np.finfo(np.float16).max:
        return array
    return array.astype(np.float16)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    if not path.is_file():
        raise WeightsError(f"there is no file {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            yield file
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path} is not a whole safetensors file ({error}); copy or fetch it again") from None


def _tensors(file: Any) -> dict[str, np.ndarray]:
    try:
        return {name: to_numpy(file.get_tensor(name)) for name in file.keys()}
    except (AttributeError, TypeError) as error:  # numpy has no bfloat16 and no 8-bit floats
        raise WeightsError(f"a tensor has a type that numpy lacks ({error}); save it as float32 or float16") from None


def _metadata(file: Any, path: Path) -> Metadata:
    header = (file.metadata() or {}).get(HEADER)
    if header is None:
        raise WeightsError(
            f"{path} does not say how its input was prepared (no {HEADER!r} in its header); "
            "published weights are loaded by their catalogue name: see `python -m hrnet models`"
        )
    try:
        values = json.loads(header)
        if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
            raise ValueError(f"its format is not {FORMAT}; a newer version of this library may read it")
        return Metadata.from_dict(values)
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"the header of {path} cannot be used: {error}") from None


def _one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}")
