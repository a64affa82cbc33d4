"""Which published weights exist, where, and how each of them wants its input prepared.

Addresses, hashes and figures are as published: configs/**/topdown_heatmap/*/hrnet_*.{md,yml} of open-mmlab/mmpose
(1.3 and 0.29), the README of leoxiaobin/deep-high-resolution-net.pytorch, torchvision 0.26's weight enums. This project
measured none of these figures, and `Figure.measured` says so. The eight digits in a file name are the beginning of its
SHA-256 (tools/misc/publish_model.py of mmpose, torch.hub's check_hash).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from hrnet.geometry import OFFICIAL, UDP
from hrnet.skeleton import AP10K_17, COCO_17, CROWDPOSE_14, MPII_16, Skeleton
from hrnet.spec import W18_SMALL_V2, W32, W48, ModelSpec
from hrnet.weights.checkpoint import DARK_KERNEL, STRIDE, Figure, Metadata

EMBEDDED = Path(__file__).parent / "embedded"


@dataclass(frozen=True)
class Entry:
    """One published file."""

    name: str  # what a user types
    file: str  # its published name, also the name it is kept under
    metadata: Metadata
    url: str = ""  # empty where no program can fetch it
    sha256: str = ""  # the first digits; empty where none is published
    by_hand: str = ""  # where a person finds what no program can fetch

    @property
    def network(self) -> str:
        return self.metadata.spec.name if self.metadata.spec else self.name


@cache
def published() -> dict[str, Entry]:
    """Every entry by its name, in the order of a list for people: what most want first."""
    entries = (
        *_mmpose_1(_COCO_1),
        *_mmpose_0(_SETS, maker="", release="0.x, used by 1.x too"),
        *_trunks(),
        *_detectors(),
        *_official(_OFFICIAL),
        *_mmpose_0(_COCO_0, maker="mmpose0", release="0.x"),
    )
    return {entry.name: entry for entry in entries}


def embedded() -> dict[str, Path]:
    """The weights that come with the library, by name. What they are, their headers say."""
    return {path.stem: path for path in sorted(EMBEDDED.glob("*.safetensors"))}


# What the networks saw, and the terms of that. No zoo states a license for the weights themselves.
_IMAGENET = "ImageNet (non-commercial research)"
_COCO = f"COCO train2017 (annotations CC BY 4.0, photographs under their Flickr terms), begun from {_IMAGENET}"
_MPII = f"MPII Human Pose (non-commercial research), begun from {_IMAGENET}"
_CROWDPOSE = f"CrowdPose (no license stated; photographs of COCO, MPII and AI Challenger), begun from {_IMAGENET}"
_AP10K = f"AP-10K (CC BY 4.0), begun from {_IMAGENET}"

_MMPOSE = "https://download.openmmlab.com/mmpose/"
_MMPOSE_CODE = "Apache-2.0 (open-mmlab/mmpose)"
_OFFICIAL_CODE = "MIT (leoxiaobin/deep-high-resolution-net.pytorch)"
_NETS: dict[str, ModelSpec] = {"32": W32, "48": W48}

# Everybody's COCO figures use the same published detections, of a detector with person AP 56.4.
_DETECTED = "published detections, person AP 56.4"
_ANNOTATED = "annotated"

# Data set, width, size, variant, figure, and the first digits of the SHA-256 with the date, as in the file name.
# The AP is that of the md files: the yml files of 1.x still carry the figures of 0.x.
_COCO_1 = """
    coco 32 256x192 plain 74.9 81c58e40_20220909
    coco 32 384x288 plain 76.1 ca5956af_20220909
    coco 48 256x192 plain 75.6 0e67c616_20220913
    coco 48 384x288 plain 76.7 c161b7de_20220915
    coco 32 256x192 dark  75.7 0e00bf12_20220914
    coco 32 384x288 dark  76.6 9bab4c9b_20220917
    coco 48 256x192 dark  76.4 e1ebdd6f_20220913
    coco 48 384x288 dark  77.2 39c3c381_20220916
    coco 32 256x192 udp   76.2 73ede547_20220914
    coco 32 384x288 udp   76.8 9a3f7c85_20220914
    coco 48 256x192 udp   76.8 3feaef8f_20220913
    coco 48 384x288 udp   77.3 70d7ab01_20220913
"""
_COCO_0 = """
    coco 32 256x192 plain 74.6 c78dce93_20200708
    coco 32 384x288 plain 76.0 d9f0d786_20200708
    coco 48 256x192 plain 75.6 b9e0b3ab_20200708
    coco 48 384x288 plain 76.7 314c8528_20200708
    coco 32 256x192 dark  75.7 07f147eb_20200812
    coco 32 384x288 dark  76.6 307dafc2_20210203
    coco 48 256x192 dark  76.4 8cba3197_20200812
    coco 48 384x288 dark  77.2 e881a4b6_20210203
    coco 32 256x192 udp   76.0 aba0be42_20210220
    coco 32 384x288 udp   76.9 e97c1a0f_20210223
    coco 48 256x192 udp   76.7 2554c524_20210223
    coco 48 384x288 udp   77.2 0f89c63e_20210223
"""
_SETS = """
    mpii      32 256x256 plain 90.0 6c4f923f_20200812
    mpii      48 256x256 plain 90.1 92cab7bd_20200812
    mpii      32 256x256 dark  90.4 f1601c5b_20200927
    mpii      48 256x256 dark  90.5 0decd39f_20200927
    crowdpose 32 256x192 plain 67.5 960be101_20201227
    ap10k     32 256x256 plain 72.2 18aac840_20211029
    ap10k     48 256x256 plain 72.8 d95ab412_20211029
"""
# No hashes are published; the README has no figure for W48 on MPII.
_OFFICIAL = """
    coco 32 256x192 plain 74.4 -
    coco 32 384x288 plain 75.8 -
    coco 48 256x192 plain 75.1 -
    coco 48 384x288 plain 76.3 -
    mpii 32 256x256 plain 90.3 -
    mpii 48 256x256 plain -    -
"""


@dataclass(frozen=True)
class _Set:
    """A data set: its joints, its terms, and how its figures are made."""

    skeleton: Skeleton
    data: str
    metric: str
    judged_on: str
    boxes: str
    folder: str  # of mmpose's files


_DATA = {
    "coco": _Set(COCO_17, _COCO, "AP", "COCO val2017", _DETECTED, "top_down"),
    "mpii": _Set(MPII_16, _MPII, "PCKh@0.5", "MPII val", _ANNOTATED, "top_down"),
    "crowdpose": _Set(CROWDPOSE_14, _CROWDPOSE, "AP", "CrowdPose test", "det_for_crowd_test_0.1_0.5.json", "top_down"),
    "ap10k": _Set(AP10K_17, _AP10K, "AP", "AP-10K val", _ANNOTATED, "animal"),
}


def guess(file: str, spec: ModelSpec, joints: int) -> Metadata | None:
    """What a file in a published layout most likely wants; None where its name does not say enough.

    Such a file states neither its input size nor its geometry. The catalogue knows its own files; the names of others
    are read: a size, a data set, "dark" or "udp".
    """
    for entry in published().values():
        if entry.file == file and entry.metadata.role == "pose":
            return entry.metadata
    lower = file.lower()
    size = re.search(r"(?<!\d)\d{2,4}x\d{2,4}(?!\d)", lower)
    by_count = [on for on, data in _DATA.items() if len(data.skeleton) == joints]  # 17: COCO stands before AP-10K
    on = next((on for on in _DATA if on in lower), by_count[0] if by_count else None)
    if size is None or on is None or any(int(side) % STRIDE for side in size[0].split("x")):
        return None
    variant = next((variant for variant in ("dark", "udp") if variant in lower), "plain")
    words = {"license": "not stated", "provenance": f"not stated; prepared as the name {file} suggests"}
    return replace(_pose(on, spec, size[0], variant, **words), data="not stated")


def _pose(
    on: str, spec: ModelSpec, size: str, variant: str, value: str = "-", kernel: int = DARK_KERNEL, **words: str
) -> Metadata:
    """How a published pose network wants its input, by family.

    mmpose's DARK networks keep the official crop and the flip shift (those of the DARK repository do not); its UDP
    networks use UDP's crop and no shift. All use RGB and ImageNet's mean and standard deviation.
    """
    data = _DATA[on]
    figures = ()
    if value != "-":
        of = {"data": data.judged_on, "boxes": data.boxes, "flip": True, "measured": False}
        figures = (Figure(data.metric, float(value), **of, source=words["provenance"]),)
    return Metadata(
        role="pose",
        spec=spec,
        skeleton=data.skeleton,
        input_size=tuple(int(side) for side in size.split("x")),
        rule=UDP if variant == "udp" else OFFICIAL,
        decoder="quarter" if variant == "plain" else variant,
        kernel=kernel,
        data=data.data,
        figures=figures,
        **words,
    )


@dataclass(frozen=True)
class _Row:
    """One line of the tables above."""

    on: str
    width: str
    size: str
    variant: str
    value: str
    stamp: str

    def name(self, maker: str = "") -> str:
        """ "coco-w32-256x192-dark", with the maker in front where there are several."""
        variant = "" if self.variant == "plain" else self.variant
        return "-".join(filter(None, (maker, self.on, f"w{self.width}", self.size, variant)))

    def metadata(self, kernel: int = DARK_KERNEL, **words: str) -> Metadata:
        return _pose(self.on, _NETS[self.width], self.size, self.variant, self.value, kernel, **words)


def _rows(table: str) -> Iterator[_Row]:
    return (_Row(*line.split()) for line in table.strip().splitlines())


def _mmpose_1(table: str) -> Iterator[Entry]:
    for row in _rows(table):
        variant = "" if row.variant == "plain" else f"{row.variant}-"
        batch = {"32": "8xb64", "48": "8xb32"}[row.width]
        file = f"td-hm_hrnet-w{row.width}_{variant}{batch}-210e_coco-{row.size}-{row.stamp}.pth"
        url = f"{_MMPOSE}v1/body_2d_keypoint/topdown_heatmap/coco/{file}"
        words = {"license": _MMPOSE_CODE, "provenance": "model zoo of open-mmlab/mmpose 1.x"}
        yield _hashed(row.name(), url, row.metadata(**words))


def _mmpose_0(table: str, maker: str, release: str) -> Iterator[Entry]:
    for row in _rows(table):
        variant = "" if row.variant == "plain" else f"_{row.variant}"
        folder = "top_down/udp" if row.variant == "udp" else f"{_DATA[row.on].folder}/hrnet"
        url = f"{_MMPOSE}{folder}/hrnet_w{row.width}_{row.on}_{row.size}{variant}-{row.stamp}.pth"
        wide = row.variant != "plain" and row.size == "384x288"
        kernel = 17 if wide else DARK_KERNEL  # modulate_kernel and kernel of the 0.x configs
        words = {"license": _MMPOSE_CODE, "provenance": f"model zoo of open-mmlab/mmpose {release}"}
        yield _hashed(row.name(maker), url, row.metadata(kernel, **words))


def _official(table: str) -> Iterator[Entry]:
    place = "https://drive.google.com/drive/folders/1hOTihvbyIxsm5ygDpbUuJ7O_tzv4oXjC"
    for row in _rows(table):
        words = {"license": _OFFICIAL_CODE, "provenance": "README of leoxiaobin/deep-high-resolution-net.pytorch"}
        file = f"pose_hrnet_w{row.width}_{row.size}.pth"
        by_hand = f"{place} (folder pose_{row.on})"
        yield Entry(row.name("official"), file, row.metadata(**words), by_hand=by_hand)


def _trunks() -> Iterator[Entry]:
    """Networks that learned to classify ImageNet: where a training on few pictures begins."""
    third = "https://download.openmmlab.com/pretrain/third_party/"
    for name, spec, url in (
        ("imagenet-w32", W32, f"{_MMPOSE}pretrain_models/hrnet_w32-36af842e.pth"),
        ("imagenet-w48", W48, f"{_MMPOSE}pretrain_models/hrnet_w48-8ef0771d.pth"),
        # the layout is that of fcn_hr18s in open-mmlab/mmsegmentation, which begins from this file
        ("imagenet-w18-small-v2", W18_SMALL_V2, f"{third}hrnetv2_w18_small-b5a04e21.pth"),
    ):
        words = {"license": "MIT (HRNet/HRNet-Image-Classification)", "provenance": "kept by download.openmmlab.com"}
        yield _hashed(name, url, Metadata(role="trunk", spec=spec, data=_IMAGENET, **words))


def _detectors() -> Iterator[Entry]:
    """Person finders of torchvision: their class 1 is person. They prepare their own input."""
    for name, file, value in (
        ("fasterrcnn_resnet50_fpn_v2", "fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth", 46.7),
        ("fasterrcnn_mobilenet_v3_large_320_fpn", "fasterrcnn_mobilenet_v3_large_320_fpn-907ea3f9.pth", 22.8),
        ("ssdlite320_mobilenet_v3_large", "ssdlite320_mobilenet_v3_large_coco-a79551df.pth", 21.3),
    ):
        source = "weights metadata of torchvision 0.26"
        figure = Figure("box AP", value, "COCO val2017", "its own", flip=False, measured=False, source=source)
        words = {"license": "BSD-3-Clause (pytorch/vision)", "data": "COCO train2017", "provenance": source}
        url = f"https://download.pytorch.org/models/{file}"
        yield _hashed(name, url, Metadata(role="detector", figures=(figure,), **words))


def _hashed(name: str, url: str, metadata: Metadata) -> Entry:
    """An entry whose file name ends in the beginning of its hash, perhaps with a date: -81c58e40_20220909.pth."""
    file = url.rsplit("/", 1)[1]
    sha256 = re.search(r"-([0-9a-f]{8})(_\d{8})?\.pth$", file)[1]
    return Entry(name, file, metadata, url=url, sha256=sha256)
