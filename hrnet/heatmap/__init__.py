"""Joints as heatmaps: drawing targets, finding peaks, and mirroring the maps back in the flip test."""

from hrnet.heatmap.flip import flip_back
from hrnet.heatmap.peaks import decode
from hrnet.heatmap.targets import encode

__all__ = ["decode", "encode", "flip_back"]
