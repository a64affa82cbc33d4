"""HRNet for keypoints: a photo becomes people, and every step on the way can be seen, moved, cut, trained, taught.

    import hrnet

    estimator = hrnet.load()
    people = estimator("photo.jpg")

Nothing here imports torch until a torch network is asked for.
"""

from typing import TYPE_CHECKING, Any

from hrnet import augment, data, draw, geometry, heatmap, image, metrics, weights
from hrnet.estimator import Estimator, load
from hrnet.geometry import OFFICIAL, UDP, WALKTHROUGH, Affine, Box, CropRule
from hrnet.image import ImageError
from hrnet.person import Person
from hrnet.skeleton import AP10K_17, COCO_17, CROWDPOSE_14, MPII_16, Skeleton
from hrnet.spec import W8, W16_SMALL, W18_SMALL_V2, W24_SMALL, W32, W48, ModelSpec
from hrnet.weights import WeightsError

if TYPE_CHECKING:
    from hrnet.network import HRNet

__all__ = [
    "AP10K_17",
    "Affine",
    "Box",
    "COCO_17",
    "CROWDPOSE_14",
    "CropRule",
    "Estimator",
    "HRNet",
    "ImageError",
    "MPII_16",
    "ModelSpec",
    "OFFICIAL",
    "Person",
    "Skeleton",
    "UDP",
    "W16_SMALL",
    "W18_SMALL_V2",
    "W24_SMALL",
    "W32",
    "W48",
    "W8",
    "WALKTHROUGH",
    "WeightsError",
    "augment",
    "data",
    "draw",
    "geometry",
    "heatmap",
    "image",
    "load",
    "metrics",
    "weights",
]


def __getattr__(name: str) -> Any:
    if name == "HRNet":  # the one name that needs torch
        from hrnet.network import HRNet

        return HRNet
    raise AttributeError(f"module 'hrnet' has no attribute {name!r}")
