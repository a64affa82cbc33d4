"""Labeled sets: reading, caching, mixing and loading them."""

from hrnet.data.coco import read_coco, to_coco
from hrnet.data.pose_set import LabeledPerson, PhotoFile, PoseSet

__all__ = ["LabeledPerson", "PhotoFile", "PoseSet", "read_coco", "to_coco"]
