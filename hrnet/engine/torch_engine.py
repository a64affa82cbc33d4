"""HRNet through torch: on a CUDA device, or on a processor that OpenVINO does not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from hrnet.engine import Engine
from hrnet.engine.fitting import Fitting, is_counter
from hrnet.network import HRNet
from hrnet.spec import ModelSpec

# Crops at once, so that memory stays small whatever is asked for. On a CPU larger batches bring nothing: 8 crops of W32
# take as long each as 4. The figure for CUDA is not measured; W48 in float32 at 384x288 needs about 2 GB for it.
BATCH = {"cpu": 8, "cuda": 64}


class TorchEngine(Engine):
    """Batch norm folded, channels last, normalization on the device."""

    name = "torch"

    def __init__(
        self,
        spec: ModelSpec,
        weights: Mapping[str, np.ndarray],
        joints: int,
        input_size: tuple[int, int],
        mean: Sequence[float],
        std: Sequence[float],
        *,
        device: str = "cpu",
        fast: bool = False,
    ) -> None:
        """Arguments as those of `hrnet.engine.open`; fast means float16 on CUDA, bfloat16 where the CPU has it."""
        super().__init__(joints, input_size)
        self.device = device
        self._device = torch.device(device)
        self._dtype = half_precision(self._device) if fast else torch.float32
        self.precision = str(self._dtype).removeprefix("torch.")
        network = fold(filled(spec, joints, weights))
        self._network = network.to(self._device, self._dtype, memory_format=torch.channels_last)
        self._mean, self._std = (
            torch.tensor(values, dtype=torch.float32, device=self._device).mul(255)[:, None, None]
            for values in (mean, std)
        )

    @torch.inference_mode()
    def _fill(self, heatmaps: np.ndarray, crops: np.ndarray) -> None:
        size = BATCH[self._device.type]
        with exact_convolutions() if self._dtype is torch.float32 else nullcontext():
            for start in range(0, len(crops), size):
                chunk = torch.tensor(crops[start : start + size], device=self._device)
                heatmaps[start : start + size] = self._heatmaps(chunk).float().cpu().numpy()

    def _heatmaps(self, crops: Tensor) -> Tensor:
        planes = crops.permute(0, 3, 1, 2).float()  # (N, H, W, 3) seen as (N, 3, H, W) is channels-last already
        return self._network(((planes - self._mean) / self._std).to(self._dtype))


def half_precision(device: torch.device) -> torch.dtype:
    """The quicker type of a device, or float32 where nothing is quicker.

    float16 on CUDA: eight times finer than bfloat16 in the same space, and its smaller range is no hindrance behind
    batch norms: mmpose trains W32 in it without loss (td-hm_hrnet-w32_fp16-8xb64-210e_coco-256x192.py, AP .749).
    """
    if device.type == "cuda":
        return torch.float16
    return torch.bfloat16 if torch.cpu.get_capabilities().get("avx512_bf16") else torch.float32


def exact_convolutions() -> AbstractContextManager[None]:
    """float32 as it is written: without this, cuDNN rounds the inputs of convolutions to TF32's ten bits."""
    return torch.backends.cudnn.flags(enabled=True, allow_tf32=False, fp32_precision="ieee")


def filled(spec: ModelSpec, joints: int, weights: Mapping[str, np.ndarray]) -> HRNet:
    """The network with these weights. No memory is filled with start values first.

    Raises:
        ValueError: the weights are not those of this layout.
    """
    with torch.device("meta"):
        network = HRNet(spec, joints)
    fitting = Fitting(weights, f"{spec.name} with {joints} joints")
    tensors = {
        name: torch.tensor(fitting.take(name, empty.shape), dtype=torch.float32)
        for name, empty in network.state_dict().items()
        if not is_counter(name)
    }
    fitting.close()
    network.load_state_dict(tensors, strict=False, assign=True)  # all but the counters; `fitting` was strict
    return network.eval().requires_grad_(False)


def fold(module: nn.Module) -> nn.Module:
    """Fold every batch norm into the convolution registered just before it; changes the module and gives it back."""
    before = None
    for name, child in list(module.named_children()):
        if isinstance(child, nn.BatchNorm2d):
            setattr(module, before, fuse_conv_bn_eval(getattr(module, before), child))
            setattr(module, name, nn.Identity())
        else:
            fold(child)
        before = name
    return module
