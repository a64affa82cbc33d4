"""HRNet on the processor through OpenVINO; torch is never imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import openvino as ov

from hrnet.engine import Engine
from hrnet.engine.graph import heatmap_graph
from hrnet.spec import ModelSpec

BATCH = 8  # crops of the larger of the two compiled shapes; static shapes are up to a quarter quicker than an open one

# What is left after whole batches goes through the shape for 1 crop or, from so many crops on, through the shape for 8
# with the rest empty. A crop alone costs as much as an eighth of a batch with AVX2, 1.1 times as much with AVX-512 and
# 1.7 times as much with AMX (W32, 256x192), so the one way overtakes the other at 8, 8 / 1.1 and 8 / 1.7 crops.
PAD_FROM = {"float32": 7, "bfloat16": 5}

# OpenVINO would choose bfloat16 by itself where the processor has it: always say which.
HINTS = {"float32": "f32", "bfloat16": "bf16"}


class OpenVINOEngine(Engine):
    """Two shapes of one graph, for 1 crop and for 8, each compiled when first needed."""

    name = "openvino"
    device = "cpu"

    def __init__(
        self,
        spec: ModelSpec,
        weights: Mapping[str, np.ndarray],
        joints: int,
        input_size: tuple[int, int],
        mean: Sequence[float],
        std: Sequence[float],
        *,
        fast: bool = False,
    ) -> None:
        """Arguments as those of `hrnet.engine.open`; fast means bfloat16 where the processor computes in it."""
        super().__init__(joints, input_size)
        self._core = ov.Core()
        self.precision = "bfloat16" if fast and "BF16" in capabilities(self._core) else "float32"
        self._graph = heatmap_graph(spec, weights, joints=joints, input_size=self.input_size, mean=mean, std=std)
        self._requests: dict[int, ov.InferRequest] = {}

    def _fill(self, heatmaps: np.ndarray, crops: np.ndarray) -> None:
        start = 0
        for size in split(len(crops), PAD_FROM[self.precision]):
            stop = start + size
            heatmaps[start:stop] = self._run(crops[start:stop])[:size]
            start = stop

    def _run(self, crops: np.ndarray) -> np.ndarray:
        batch = 1 if len(crops) == 1 else BATCH
        if len(crops) < batch:
            crops = np.concatenate([crops, np.zeros((batch - len(crops), *crops.shape[1:]), np.uint8)])
        # both sides without a copy: the result lies in the request's own memory until its next run
        return self._request(batch).infer({0: crops}, share_inputs=True, share_outputs=True)[0]

    def _request(self, batch: int) -> ov.InferRequest:
        if batch not in self._requests:
            self._graph.reshape([batch, *self.input_size, 3])
            # LATENCY is one stream on all physical cores
            hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": HINTS[self.precision]}
            self._requests[batch] = self._core.compile_model(self._graph, "CPU", hints).create_infer_request()
        return self._requests[batch]


def capabilities(core: ov.Core) -> list[str]:
    """What the processor has instructions for, such as ["FP32", "BF16", "INT8"]."""
    return core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def split(count: int, pad_from: int) -> list[int]:
    """The sizes of the runs for so many crops: 1 stands for the small shape, all else for the large one.

    >>> split(11, pad_from=5), split(15, pad_from=5)
    ([8, 1, 1, 1], [8, 7])
    """
    whole, rest = divmod(count, BATCH)
    return [BATCH] * whole + ([rest] if rest >= pad_from else [1] * rest)
