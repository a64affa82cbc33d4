"""A measurement: the figures, everything they depend on, and the single persons behind them."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version

import numpy as np

from hrnet import evaluation
from hrnet.data import PoseSet, to_coco
from hrnet.evaluation import Protocol
from hrnet.geometry import Box
from hrnet.metrics.coco import CROWDPOSE_AREA, SIZES, THRESHOLDS, Judged, judge
from hrnet.metrics.errors import KINDS, PCK_SHARE, Errors, JointErrors, keypoint_errors, per_joint
from hrnet.topdown import TopDown
from train import published
from train.bench.timing import machine

BINS = 10  # of the calibration, with equally many detections in each


@dataclass(frozen=True)
class Measured:
    """What `train.evaluate` prints and shows. Figures are from 0 to 1, those of `tables` percent."""

    title: str
    conditions: dict[str, str]  # without which the figures mean nothing
    poses: PoseSet
    boxes: Sequence[Sequence[Box]]
    detections: list[dict[str, object]]
    figures: dict[str, float]
    given: bool = True  # whether the boxes are the labels'
    tables: dict[str, dict[str, float]] = field(default_factory=dict)  # MPII's
    beside: tuple[published.Published, ...] = ()
    same_network: bool = False  # whether `beside` are results of the same network at the same input size

    @property
    def box_share(self) -> float | None:
        return CROWDPOSE_AREA if evaluation.crowded(self.poses) else None

    def errors(self) -> Errors:
        """Of the joints of everybody who was found."""
        return keypoint_errors(to_coco(self.poses), self.detections, self.poses.skeleton, box_share=self.box_share)

    def joints(self, errors: Errors) -> list[JointErrors]:
        return per_joint(errors, self.poses.skeleton)

    def everybody(self) -> Errors:
        """As `errors`; with given boxes, each pose is judged as its box's person, however bad it is: for the worst."""
        owners = evaluation.owners(self.poses, self.detections) if self.given else None
        truth = to_coco(self.poses)
        return keypoint_errors(truth, self.detections, self.poses.skeleton, owners=owners, box_share=self.box_share)

    def curves(self) -> dict[str, np.ndarray]:
        """Precision at the 101 recalls RECALLS, for some thresholds and on average over all; persons of all sizes."""
        judged = self._judged()
        precision = judged.curves()[0][list(SIZES).index("all")]  # (T, R, categories)
        precision = np.where(precision < 0, np.nan, precision).mean(axis=2)
        picked = {f"OKS {t:.2f}": precision[np.isclose(THRESHOLDS, t)][0] for t in (0.5, 0.75, 0.9)}
        return picked | {"mean of all ten": precision.mean(axis=0)}

    def calibration(self) -> list[tuple[float, float, int]]:
        """Of detections sorted by score, in BINS parts: mean score, mean OKS (0 for those that found nobody), count.

        Detections of people to be ignored are left out.
        """
        judged, errors = self._judged(), self.everybody()
        counted = np.ones(len(self.detections), bool)
        loose = judged.ignored[list(SIZES).index("all"), 0]
        counted[judged.found.place[loose]] = False
        oks = np.zeros(len(self.detections))
        oks[errors.detection] = errors.oks
        scores = np.array([detection["score"] for detection in self.detections])
        order = np.flatnonzero(counted)
        order = order[np.argsort(scores[order], kind="stable")]
        parts = np.array_split(order, BINS)
        return [(float(scores[part].mean()), float(oks[part].mean()), len(part)) for part in parts if len(part)]

    def _judged(self) -> Judged:
        return judge(to_coco(self.poses), self.detections, self.poses.skeleton.sigmas, self.box_share)


def measure(
    topdown: TopDown,
    poses: PoseSet,
    boxes: Sequence[Sequence[Box]],
    protocol: Protocol,
    title: str,
    conditions: dict[str, str],
    given: bool,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Measured:
    """Run the network on every box and judge what it says.

    Raises:
        ValueError: the network has other joints than the set, or a photo cannot be read.
    """
    metadata = topdown.metadata
    if metadata.skeleton.joints != poses.skeleton.joints:
        raise ValueError(
            f"the weights give the joints of {metadata.skeleton.name} ({len(metadata.skeleton)}), the labels are of "
            f"{poses.skeleton.name} ({len(poses.skeleton)}); they must be the same, in the same order"
        )
    detections = evaluation.detect(topdown, poses, boxes, lambda place: poses.photos[place].read(), progress, protocol)
    tables = {}
    if given and protocol.nms == "off" and any(person.head for person in poses.samples):
        tables = evaluation.head_figures(poses, detections)
    rows, same = published.beside(poses.skeleton.name, metadata.spec.name, metadata.input_size)
    figures = evaluation.figures(poses, detections)
    return Measured(title, conditions, poses, boxes, detections, figures, given, tables, tuple(rows), same)


def on_this_machine() -> str:
    """Processor, system and the versions of what computes."""
    parts = ", ".join(f"{name} {version(name)}" for name in ("numpy", "opencv-python-headless"))
    return f"{machine()}; Python {platform.python_version()}, {parts}"


def lines(measured: Measured) -> list[str]:
    """Everything as text."""
    width = max(map(len, measured.conditions))
    told = [measured.title, *(f"  {name:<{width}}  {value}" for name, value in measured.conditions.items()), ""]
    told += [f"{name:>9} {value:.3f}  measured" for name, value in measured.figures.items()]
    for name, table in measured.tables.items():
        told += ["", f"{name}, percent, measured", *(f"{row:>42} {value:6.2f}" for row, value in table.items())]
    told += ["", *joint_lines(measured)]
    if measured.beside:
        told += ["", introduction(measured), *(f"  published  {row}" for row in measured.beside)]
    return told


def joint_lines(measured: Measured) -> list[str]:
    """A table of the joints of everybody who was found."""
    errors = measured.errors()
    names = max(map(len, measured.poses.joints))
    title = f"joints of {len(errors.kind)} found persons, percent; error: median, of the root of the area"
    told = [
        title,
        f"{'':>{names}} {'error':>6} {f'PCK@{PCK_SHARE:g}':>8} {'OKS':>6} {' '.join(f'{k:>9}' for k in KINDS)}",
    ]
    for joint in measured.joints(errors):
        total = max(sum(joint.kinds), 1)
        kinds = " ".join(f"{100 * count / total:9.1f}" for count in joint.kinds)
        shown = f"{100 * joint.share:6.1f} {100 * joint.pck:8.1f} {100 * joint.similarity:6.1f} {kinds}"
        told.append(f"{joint.joint:>{names}} {shown if joint.labeled else 'nobody labeled it'}")
    return told


def introduction(measured: Measured) -> str:
    """What to know before comparing with published figures."""
    if measured.same_network:
        return "The same network elsewhere. Compare only where data and boxes are the same:"
    return "Nothing is published of this network at this input size. For orientation, other networks on other data:"
