"""What others have published, as plain data: to stand beside a measured figure, and never in its place.

Figures are percent. Nothing here was measured by this project. Rows with different boxes must not be compared:
DET56 is the person detections published with the official code (person AP 56.4 on val2017), DET65 those of UDP-Pose
(65.1), GT the labeled boxes; an AP with GT boxes is about two points higher than with DET56.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Size = tuple[int, int]  # (height, width)

COCO, TEST_DEV, MPII = "COCO val2017", "COCO test-dev2017", "MPII val"
CROWDPOSE, AP10K = "CrowdPose test", "AP-10K val"
DET56, DET65, DET61 = (
    "detections with person AP 56.4",
    "detections with person AP 65.1",
    "detections with person AP 60.9",
)
GT, NONE, OWN = "labeled boxes", "none: bottom-up or one stage", "its own"

OFFICIAL = "leoxiaobin/deep-high-resolution-net.pytorch README.md"
MMPOSE = "open-mmlab/mmpose configs/body_2d_keypoint/topdown_heatmap/"
DARK = "ilovepose/DarkPose README.md"
UDP = "HuangJunJie2017/UDP-Pose README.md"
LITE = "HRNet/Lite-HRNet README.md"
DITE = "ZiyiZhang27/Dite-HRNet README.md"
TINY = "PaddlePaddle/PaddleDetection configs/keypoint/tiny_pose"
PADDLE = "PaddlePaddle/PaddleDetection configs/keypoint/README"
RTM = "open-mmlab/mmpose configs/body_2d_keypoint/rtmpose/"
VIT = "ViTAE-Transformer/ViTPose README.md"


@dataclass(frozen=True)
class Published:
    """One row of somebody's table. All of them average with the mirrored picture unless the source says nothing."""

    network: str
    input_size: Size
    data: str
    boxes: str
    figures: Mapping[str, float] = field(hash=False)  # percent, by the names of `hrnet.metrics`
    source: str
    way: str = "plain"  # "dark", "udp", or what else was changed
    spec: str = ""  # the name of ours with the same layout, hrnet.spec; "" where there is none

    def __str__(self) -> str:
        height, width = self.input_size
        figures = ", ".join(f"{name} {value:.1f}" for name, value in self.figures.items())
        way = "" if self.way == "plain" else f" {self.way}"
        return f"{self.network}{way} {height}x{width}: {figures} on {self.data}, boxes: {self.boxes} ({self.source})"


def _coco(
    network: str,
    height: int,
    boxes: str,
    values: Sequence[float | None],
    source: str,
    way: str = "plain",
    spec: str = "",
) -> Published:
    """AP, AP50, AP75, AR; None where the source does not say."""
    named = zip(("AP", "AP50", "AP75", "AR"), values, strict=False)
    figures = {name: value for name, value in named if value is not None}
    return Published(network, (height, height * 3 // 4), COCO, boxes, figures, source, way, spec)


def _w32(height: int, boxes: str, values: Sequence[float | None], source: str, way: str = "plain") -> Published:
    return _coco("HRNet-W32", height, boxes, values, source, way, "W32")


def _w48(height: int, boxes: str, values: Sequence[float | None], source: str, way: str = "plain") -> Published:
    return _coco("HRNet-W48", height, boxes, values, source, way, "W48")


def _mpii(
    network: str,
    values: Sequence[float],
    mean: float,
    tenth: str,
    at: float,
    source: str,
    way: str = "plain",
    spec: str = "",
) -> Published:
    """The columns of PCKh@0.5 where they are told, the mean, and the mean "@0.1" by the convention `tenth`."""
    columns = zip(("Head", "Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle"), values, strict=False)
    return Published(network, (256, 256), MPII, GT, dict(columns) | {"Mean": mean, tenth: at}, source, way, spec)


# Two conventions of "@0.1": see hrnet.metrics.pck, TENTHS.
AT_11, AT_10 = "Mean@0.1 (official, measured at 0.11)", "Mean@0.1 (mmpose, measured at 0.10)"

ROWS: tuple[Published, ...] = (
    _w32(256, DET56, (74.4, 90.5, 81.9, 79.8), OFFICIAL),
    _w32(384, DET56, (75.8, 90.6, 82.5, 80.9), OFFICIAL),
    _w48(256, DET56, (75.1, 90.6, 82.2, 80.4), OFFICIAL),
    _w48(384, DET56, (76.3, 90.8, 82.9, 81.2), OFFICIAL),
    Published(
        "HRNet-W48",
        (384, 288),
        TEST_DEV,
        DET61,
        {"AP": 75.5, "AP50": 92.5, "AP75": 83.3, "AR": 80.5},
        OFFICIAL,
        spec="W48",
    ),
    Published(
        *("HRNet-W48", (384, 288), TEST_DEV, DET61, {"AP": 77.0, "AP50": 92.7, "AP75": 84.5, "AR": 82.0}, OFFICIAL),
        way="with AI Challenger",
        spec="W48",
    ),
    _w32(256, GT, (76.5,), "leoxiaobin/deep-high-resolution-net.pytorch issue 174"),
    _w32(
        256, GT, (76.1,), "WZMIAOMIAO/deep-learning-for-image-processing pytorch_keypoint/HRNet", "walkthrough training"
    ),
    _w32(256, DET56, (74.9, 90.6, 82.1, 80.4), MMPOSE + "coco/hrnet_coco.md", "mmpose"),
    _w32(384, DET56, (76.1, 90.8, 82.6, 81.1), MMPOSE + "coco/hrnet_coco.md", "mmpose"),
    _w48(256, DET56, (75.6, 90.8, 82.6, 80.9), MMPOSE + "coco/hrnet_coco.md", "mmpose"),
    _w48(384, DET56, (76.7, 91.1, 83.2, 81.7), MMPOSE + "coco/hrnet_coco.md", "mmpose"),
    _w32(256, DET56, (75.3,), MMPOSE + "coco/hrnet_augmentation_coco.md", "mmpose, coarse dropout"),
    _w32(256, DET56, (75.4,), MMPOSE + "coco/hrnet_augmentation_coco.md", "mmpose, photometric"),
    _w32(128, DET56, (66.9,), DARK),
    _w48(128, DET56, (68.0,), DARK),
    _w32(128, DET56, (70.7, 88.9, 78.4, 76.7), DARK, "dark"),
    _w48(128, DET56, (71.9, 89.1, 79.6, 77.9), DARK, "dark"),
    _w32(256, DET56, (75.6, 90.5, 82.1, 80.8), DARK, "dark"),
    _w32(384, DET56, (76.6, 90.7, 82.8, 81.5), DARK, "dark"),
    _w48(384, DET56, (76.8, 90.6, 83.2, 81.7), DARK, "dark"),
    _w32(256, DET56, (75.7, 90.7, 82.5, 80.7), MMPOSE + "coco/hrnet_dark_coco.md", "dark, mmpose"),
    _w48(256, DET56, (76.4, 90.7, 83.1, 81.4), MMPOSE + "coco/hrnet_dark_coco.md", "dark, mmpose"),
    _w32(384, DET56, (76.6, 90.7, 82.9, 81.5), MMPOSE + "coco/hrnet_dark_coco.md", "dark, mmpose"),
    _w48(384, DET56, (77.2, 91.1, 83.3, 82.1), MMPOSE + "coco/hrnet_dark_coco.md", "dark, mmpose"),
    _w32(256, DET65, (75.6,), UDP),
    _w32(256, DET65, (76.8, 91.9, 83.7, 81.6), UDP, "udp"),
    _w32(384, DET65, (77.8, 91.7, 84.5, 82.4), UDP, "udp"),
    _w48(256, DET65, (77.2, 91.8, 83.7, 82.0), UDP, "udp"),
    _w48(384, DET65, (77.8, 92.0, 84.3, 82.5), UDP, "udp"),
    _w32(256, DET56, (76.2, 90.7, 82.9, 81.0), MMPOSE + "coco/hrnet_udp_coco.md", "udp, mmpose"),
    _w48(256, DET56, (76.8, 90.8, 83.3, 81.7), MMPOSE + "coco/hrnet_udp_coco.md", "udp, mmpose"),
    _w32(384, DET56, (76.8, 90.9, 83.2, 81.5), MMPOSE + "coco/hrnet_udp_coco.md", "udp, mmpose"),
    _w48(384, DET56, (77.3, 91.1, 83.6, 82.1), MMPOSE + "coco/hrnet_udp_coco.md", "udp, mmpose"),
    _w32(256, GT, (76.9,), PADDLE, "PaddleDetection"),
    _w32(384, GT, (77.8,), PADDLE, "PaddleDetection"),
    _w32(256, GT, (78.0,), PADDLE, "dark, PaddleDetection"),
    _coco("SimpleBaseline R50", 256, DET56, (70.4, None, None, 76.3), OFFICIAL),
    _coco("SimpleBaseline R50", 384, DET56, (72.2, None, None, 77.6), OFFICIAL),
    _coco("Naive Lite-HRNet-18", 256, DET56, (62.8, None, None, 69.1), LITE),
    _coco("Lite-HRNet-18", 256, DET56, (64.8, None, None, 71.2), LITE),
    _coco("Lite-HRNet-18", 384, DET56, (67.6, None, None, 73.7), LITE),
    _coco("Lite-HRNet-30", 256, DET56, (67.2, None, None, 73.3), LITE),
    _coco("Lite-HRNet-30", 384, DET56, (70.4, None, None, 76.2), LITE),
    _coco("Dite-HRNet-18", 256, DET56, (65.9, None, None, 72.1), DITE),
    _coco("Dite-HRNet-30", 256, DET56, (68.3, None, None, 74.2), DITE),
    _coco("PP-TinyPose", 128, GT, (58.4,), TINY),
    _coco("PP-TinyPose", 256, GT, (68.3,), TINY),
    _coco("RTMPose-t", 256, DET56, (68.2, None, None, 73.6), RTM + "coco/rtmpose_coco.yml"),
    _coco("RTMPose-s", 256, DET56, (71.6, None, None, 76.8), RTM + "coco/rtmpose_coco.yml"),
    _coco("RTMPose-m", 256, DET56, (74.6, None, None, 79.5), RTM + "coco/rtmpose_coco.yml"),
    _coco("ViTPose-S", 256, DET56, (73.8, None, None, 79.2), VIT),
    _coco("ViTPose-B", 256, DET56, (75.8, None, None, 81.1), VIT),
    _coco("ViTPose-L", 256, DET56, (78.3, None, None, 83.5), VIT),
    _coco("ViTPose-H", 256, DET56, (79.1, None, None, 84.1), VIT),
    Published(
        "HigherHRNet-W32",
        (512, 512),
        COCO,
        NONE,
        {"AP": 67.1, "AP50": 86.2, "AP75": 73.0},
        "HRNet/HigherHRNet-Human-Pose-Estimation README.md",
    ),  # fmt: skip
    Published(
        "HigherHRNet-W48",
        (640, 640),
        COCO,
        NONE,
        {"AP": 69.9, "AP50": 87.2, "AP75": 76.1},
        "HRNet/HigherHRNet-Human-Pose-Estimation README.md",
    ),  # fmt: skip
    Published("Keypoint R-CNN R50-FPN", (800, 800), COCO, OWN, {"AP": 65.0}, "weights of torchvision 0.26"),
    _mpii("HRNet-W32", (97.1, 95.9, 90.3, 86.4, 89.1, 87.1, 83.3), 90.3, AT_11, 37.7, OFFICIAL, spec="W32"),
    _mpii("HRNet-W32", (), 90.6, AT_11, 42.0, DARK, "dark", "W32"),
    _mpii("HRNet-W32", (), 90.4, AT_11, 42.1, UDP, "udp", "W32"),
    _mpii("SimpleBaseline R50", (), 88.5, AT_11, 34.0, OFFICIAL),
    _mpii("HRNet-W32", (), 90.0, AT_10, 33.4, MMPOSE + "mpii/hrnet_mpii.md", "mmpose", "W32"),
    _mpii("HRNet-W48", (), 90.1, AT_10, 33.7, MMPOSE + "mpii/hrnet_mpii.md", "mmpose", "W48"),
    _mpii("HRNet-W32", (), 90.4, AT_10, 35.4, MMPOSE + "mpii/hrnet_dark_mpii.md", "dark, mmpose", "W32"),
    _mpii("HRNet-W48", (), 90.5, AT_10, 36.0, MMPOSE + "mpii/hrnet_dark_mpii.md", "dark, mmpose", "W48"),
    _mpii("Lite-HRNet-18", (), 85.4, AT_11, 29.5, LITE),
    _mpii("Lite-HRNet-30", (), 87.0, AT_11, 31.3, LITE),
    Published(
        "HRNet-W32",
        (256, 192),
        CROWDPOSE,
        DET56.replace("56.4", "not stated"),
        {"AP": 67.5, "AP50": 82.5, "AP75": 72.9, "AP-easy": 77.0, "AP-medium": 68.7, "AP-hard": 55.3},
        MMPOSE + "crowdpose/hrnet_crowdpose.md",
        "mmpose",
        "W32",
    ),  # fmt: skip
    Published(
        "SimpleBaseline R50",
        (256, 192),
        CROWDPOSE,
        DET56.replace("56.4", "not stated"),
        {"AP": 63.7, "AP-easy": 73.8, "AP-medium": 65.0, "AP-hard": 50.6},
        MMPOSE + "crowdpose/resnet_crowdpose.yml",
        "mmpose",
    ),  # fmt: skip
    Published(
        "HRNet-W32",
        (256, 256),
        AP10K,
        GT,
        {"AP": 72.2, "AP50": 93.5, "AP75": 78.9, "AP-M": 55.7, "AP-L": 72.9},
        "open-mmlab/mmpose configs/animal_2d_keypoint/topdown_heatmap/ap10k/hrnet_ap10k.md",
        "mmpose",
        "W32",
    ),  # fmt: skip
    Published(
        "HRNet-W48",
        (256, 256),
        AP10K,
        GT,
        {"AP": 72.8, "AP50": 93.6, "AP75": 80.2, "AP-M": 57.7, "AP-L": 73.5},
        "open-mmlab/mmpose configs/animal_2d_keypoint/topdown_heatmap/ap10k/hrnet_ap10k.md",
        "mmpose",
        "W48",
    ),  # fmt: skip
)

DATA_OF = {"coco-17": COCO, "mpii-16": MPII, "crowdpose-14": CROWDPOSE, "ap10k-17": AP10K}  # by the skeleton's name
ORIENTATION = ("HRNet-W32", "Lite-HRNet-18", "PP-TinyPose")  # beside a network nobody has published


def beside(skeleton: str, spec: str, input_size: Size) -> tuple[list[Published], bool]:
    """What to print beside a measured figure, and whether it is the same network at the same input size.

    Args:
        skeleton: the name of the joints; others than those in DATA_OF have nothing published here.
        spec: the name of the network, as in `hrnet.spec`.
        input_size: (height, width).
    """
    rows = [row for row in ROWS if row.data == DATA_OF.get(skeleton)]
    same = [row for row in rows if row.spec == spec != "" and row.input_size == tuple(input_size)]
    if same:
        return same, True
    first: dict[str, Published] = {}
    for row in rows:
        if row.network in ORIENTATION:
            first.setdefault(row.network, row)
    return list(first.values()), False
