"""Labeled sets: reading, caching, mixing and loading them."""

from hrnet.data.checking import check
from hrnet.data.coco import read_coco
from hrnet.data.coco_written import to_coco
from hrnet.data.mpii import read_mpii
from hrnet.data.pose_set import LabeledPerson, PhotoFile, PoseSet
from hrnet.data.reading import read

__all__ = ["LabeledPerson", "PhotoFile", "PoseSet", "check", "read", "read_coco", "read_mpii", "to_coco"]
