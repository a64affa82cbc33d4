"""Figures that only a publication can tell. The page marks every one of them as published, with where it stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One figure and everything without which it means nothing."""

    text: str  # key: of what it is
    value: float
    unit: str
    where: str  # the publication, in its own words


README = "leoxiaobin/deep-high-resolution-net.pytorch, README.md"

# HRNet-W32, 256x192, COCO val2017, with flip test
FOUND_BOXES = Published("faq.published.found_boxes", 74.4, "AP", README)
GIVEN_BOXES = Published("faq.published.given_boxes", 76.5, "AP", "leoxiaobin/deep-high-resolution-net.pytorch, #174")

# One reader's own W32, 256x192, with given boxes
UNSHIFTED = Published("faq.published.unshifted", 72.0, "AP", "leoxiaobin/deep-high-resolution-net.pytorch, #22")
SHIFTED = Published("faq.published.shifted", 74.0, "AP", "leoxiaobin/deep-high-resolution-net.pytorch, #22")
SHIFTED_TWICE = Published("faq.published.shifted_twice", 67.4, "AP", "leoxiaobin/deep-high-resolution-net.pytorch, #22")

# HRNet-W32 with quarter offset and with DARK, 128x96, where a heatmap pixel is widest
PLAIN_SMALL = Published("faq.published.plain_small", 66.9, "AP", "ilovepose/DarkPose, README.md")
DARK_SMALL = Published("faq.published.dark_small", 70.7, "AP", "ilovepose/DarkPose, README.md")

GFLOPS = Published("faq.published.gflops", 7.1, "GFLOPs", README)
PARAMETERS = Published("faq.published.parameters", 28.5, "M", README)
