"""The trainings of the published tables, with their settings and what their authors report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hrnet.spec import W32, W48, ModelSpec
from train.published import AP10K, COCO, CROWDPOSE, DET56, MPII, OFFICIAL, ROWS, Published
from train.recipes.keypoints import Keypoints
from train.recipes.recipe import Named

# experiments/*/hrnet of leoxiaobin/deep-high-resolution-net.pytorch: Adam, 1e-3, a tenth at epochs 170 and 200 of 210,
# no moving average, no clipping. The weight decay of its yaml is never passed on.
OFFICIAL_SETTINGS: Mapping[str, Any] = {
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "weight_decay": 0.0,
    "drops": True,
    "warmup": 0,
    "steps": 0,
    "epochs": 210,
    "average": 0.0,
    "clip": 0.0,
    "batch_size": 128,
    "keep": "crops",
}
# configs/**/topdown_heatmap of open-mmlab/mmpose: Adam, 5e-4 for a batch of 512, 500 steps of warm-up.
MMPOSE_SETTINGS = OFFICIAL_SETTINGS | {"learning_rate": 5e-4, "warmup": 500, "batch_size": 512}

MMPOSE_CONFIGS = "open-mmlab/mmpose configs/"

FOUR_GPUS = "4 GPUs of 12 GB for two to three days (P100, as published)"
EIGHT_GPUS = "8 GPUs of 32 GB for a day (V100, as published)"
NETS: Mapping[str, ModelSpec] = {"w32": W32, "w48": W48}


def recipes() -> dict[str, Named]:
    """By name: coco_w32_256, coco_w32_256_dark, coco_w32_256_udp, ..., mpii_w32_256, crowdpose_w32, ap10k_w32."""
    found = {}
    for net, spec in NETS.items():
        for height in (256, 384):
            for way in ("plain", "dark", "udp"):
                suffix = "" if way == "plain" else f"_{way}"
                found[f"coco_{net}_{height}{suffix}"] = _coco(spec, height, way)
    of_set = {"training": "train", "judging": "val", "input_size": (256, 256), "spec": W32, "start": "imagenet-w32"}
    found["mpii_w32_256"] = Named(
        Keypoints,
        "HRNet-W32 on MPII, as its authors trained it",
        FOUR_GPUS,
        _expected(W32, 256, MPII, "plain"),
        OFFICIAL_SETTINGS | of_set | {"preset": "official_mpii"},
    )
    found["crowdpose_w32"] = Named(
        Keypoints,
        "HRNet-W32 on CrowdPose, as mmpose trained it",
        EIGHT_GPUS,
        _expected(W32, 256, CROWDPOSE, "plain"),
        MMPOSE_SETTINGS
        | of_set
        | {"preset": "crowdpose", "input_size": (256, 192), "training": "trainval", "judging": "test"},
    )
    found["ap10k_w32"] = Named(
        Keypoints,
        "HRNet-W32 on the animals of AP-10K, as mmpose trained it",
        EIGHT_GPUS,
        _expected(W32, 256, AP10K, "plain"),
        MMPOSE_SETTINGS | of_set | {"preset": "ap10k", "training": "train-split1", "judging": "val-split1"},
    )
    return found


def _coco(spec: ModelSpec, height: int, way: str) -> Named:
    plain = way == "plain"
    small = spec is W48 and height == 384  # 24 on each of four GPUs
    settings = dict(OFFICIAL_SETTINGS) | {"batch_size": 96 if small else 128} if plain else dict(MMPOSE_SETTINGS)
    if not plain and spec is W48:
        settings["batch_size"] = 256  # 8 x 32; mmpose keeps the rate
    return Named(
        Keypoints,
        f"HRNet-{spec.name} on COCO at {height}x{height * 3 // 4}"
        + ("" if plain else f", {way.upper()}, as mmpose trained it"),
        FOUR_GPUS if plain else EIGHT_GPUS,
        _expected(spec, height, COCO, way),
        settings
        | {
            "spec": spec,
            "input_size": (height, height * 3 // 4),
            "preset": {"plain": "official", "dark": "dark", "udp": "udp"}[way],
            "training": "train2017",
            "judging": "val2017",
            "start": f"imagenet-{spec.name.lower()}",
        },
    )


def _expected(spec: ModelSpec, height: int, data: str, way: str) -> str:
    """What was published for it: by the network's authors for their own settings, else by mmpose."""
    rows = [row for row in ROWS if (row.spec, row.input_size[0], row.data) == (spec.name, height, data)]
    ways = [row for row in rows if _way(row) == way and (data != COCO or row.boxes == DET56)]
    maker = OFFICIAL if way == "plain" and data in (COCO, MPII) else MMPOSE_CONFIGS
    chosen = next((row for row in ways if row.source.startswith(maker)), None)
    if chosen is None:
        raise LookupError(f"nobody published {spec.name} at {height} on {data}, {way}")
    return f"published: {chosen}"


def _way(row: Published) -> str:
    return next((way for way in ("dark", "udp") if way in row.way.lower()), "plain")
