"""One interface for whatever computes the heatmaps, and the choice among them.

Importing this takes neither torch nor OpenVINO along; `open` imports the one it needs.
"""

from __future__ import annotations

import ctypes
import re
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from importlib.util import find_spec

import numpy as np

from hrnet.spec import ModelSpec

NAMES = ("openvino", "torch")
PRECISIONS = ("exact", "fast")
STRIDE = 32  # of the coarsest branch (arXiv 1902.09212, table 1): sides that it does not divide do not line up again
HEATMAP_STRIDE = 4

__all__ = ["NAMES", "PRECISIONS", "Engine", "open"]


class Engine(ABC):
    """A network with its weights, ready to run: uint8 crops in, heatmaps out.

    Attributes:
        name: "openvino" or "torch".
        device: "cpu", "cuda" or "cuda:1".
        precision: what the network really computes in: "float32", "bfloat16" or "float16". Never half precision
            unless "fast" was asked for.
        input_size: (H, W) of the crops.
    """

    name: str
    device: str
    precision: str

    def __init__(self, joints: int, input_size: tuple[int, int]) -> None:
        height, width = input_size
        if height < STRIDE or width < STRIDE or height % STRIDE or width % STRIDE:
            raise ValueError(
                f"the height and width of the input must be multiples of {STRIDE}, got {height}x{width}; "
                f"the nearest is {_nearest(height)}x{_nearest(width)}"
            )
        self.joints, self.input_size = joints, (height, width)
        self._one_at_a_time = threading.Lock()  # one pass keeps all cores busy; a second beside it gains nothing

    def __call__(self, crops: np.ndarray) -> np.ndarray:
        """Compute the heatmaps of any number of crops; safe to call from several threads.

        Args:
            crops: uint8 (N, H, W, 3), RGB, of the engine's input size. The normalization happens inside.
        Returns:
            float32 (N, joints, H / 4, W / 4), raw heatmaps, the caller's to keep.
        Raises:
            ValueError: crops has another type or shape.
        """
        shape = (*self.input_size, 3)
        if crops.dtype != np.uint8 or crops.ndim != 4 or crops.shape[1:] != shape:
            raise ValueError(
                f"crops must be uint8 with shape (N, {', '.join(map(str, shape))}), got {crops.dtype} with shape "
                f"{crops.shape}; the network normalizes them itself"
            )
        height, width = (side // HEATMAP_STRIDE for side in self.input_size)
        heatmaps = np.empty((len(crops), self.joints, height, width), np.float32)
        if len(crops):
            with self._one_at_a_time:
                self._fill(heatmaps, np.ascontiguousarray(crops))
        return heatmaps

    @abstractmethod
    def _fill(self, heatmaps: np.ndarray, crops: np.ndarray) -> None:
        """Write the heatmaps of at least one crop; both arrays are contiguous and of matching length."""


def open(
    spec: ModelSpec,
    weights: Mapping[str, np.ndarray],
    joints: int,
    input_size: tuple[int, int],
    mean: Sequence[float],
    std: Sequence[float],
    *,
    name: str | None = None,
    device: str | None = None,
    precision: str | None = None,
) -> Engine:
    """Make a network ready to run.

    Args:
        weights: arrays under the published names, in any floating type.
        joints: output channels.
        input_size: (H, W) of the crops, multiples of 32.
        mean, std: of R, G and B, as fractions of 255.
        name: "openvino" or "torch". None takes torch on a CUDA device, else OpenVINO, else torch.
        device: "cpu", "cuda" or "cuda:1". None takes CUDA if it is there and `name` allows it.
        precision: "exact" (or None) computes in float32. "fast" computes in half precision where the device has
            it, and in float32 where it has not; the engine's `precision` says which.
    Raises:
        ValueError: an unknown or missing engine or device, a size that is no multiple of 32, or weights that are not
            those of this spec. One line says which.
    """
    if precision not in (None, *PRECISIONS):
        raise ValueError(f"there is no precision {precision!r}; choose one of {', '.join(PRECISIONS)}")
    name, device = choose(name, device)
    fast = precision == "fast"
    if name == "openvino":
        from hrnet.engine.openvino_engine import OpenVINOEngine

        return OpenVINOEngine(spec, weights, joints, input_size, mean, std, fast=fast)
    from hrnet.engine.torch_engine import TorchEngine

    return TorchEngine(spec, weights, joints, input_size, mean, std, device=device, fast=fast)


def choose(name: str | None, device: str | None) -> tuple[str, str]:
    """Settle what was left open, so that torch is imported only where it will be used or a GPU may be there.

    Raises:
        ValueError: the wish cannot be met on this machine.
    """
    if name not in (None, *NAMES):
        raise ValueError(f"there is no engine {name!r}; choose one of {', '.join(NAMES)}")
    if device is not None and not re.fullmatch(r"cpu|cuda(:\d+)?", device):
        raise ValueError(f"there is no device {device!r}; choose cpu, cuda or, among several, cuda:0, cuda:1, ...")
    if name == "openvino" and device not in (None, "cpu"):
        raise ValueError(f"the engine openvino runs on the device cpu, not on {device}; choose the engine torch")
    if name is not None and not installed(name):
        raise ValueError(f"the engine {name} is not installed; pip install {name}, or choose another engine")
    if device is None:
        found = cuda_devices() if name == "torch" or (name is None and nvidia_driver()) else 0
        device = "cuda" if found else "cpu"
    elif device != "cpu" and int(device.partition(":")[2] or 0) >= (count := cuda_devices()):
        raise ValueError(f"there is no device {device} here: torch sees {count} CUDA devices; choose cpu")
    if name is None:
        name = "openvino" if device == "cpu" and installed("openvino") else "torch"
    if not installed(name):
        raise ValueError("no engine is installed; pip install openvino, or pip install torch")
    return name, device


def installed(package: str) -> bool:
    return find_spec(package) is not None


def nvidia_driver() -> bool:
    """Whether a CUDA device may be there: a moment's look that spares most machines the seconds of importing torch."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def cuda_devices() -> int:
    """How many CUDA devices torch can use. Imports torch."""
    if not installed("torch"):
        return 0
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _nearest(side: int) -> int:
    return max(STRIDE, round(side / STRIDE) * STRIDE)
