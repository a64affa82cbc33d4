"""How right is measured: what a peak says, OKS beside PCK, weights of targets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from apps.views.faq.parts import Answer, Curves, Table, close_up, curve, moved, shot
from hrnet import colors, draw, heatmap, metrics
from hrnet.person import Person

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.views.faq import Say
    from apps.views.faq.subject import Subject

KINDS = ("left_eye", "left_wrist", "left_shoulder", "left_hip")  # joints from the narrowest sigma to the widest
PCK_SHARE = 0.2  # of the box's longer side: PCK@0.2
STEP = 10.0  # photo pixels by which one joint is moved
HIDDEN = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")  # joints that somebody did not annotate


def score(desk: Desk, subject: Subject, say: Say) -> Answer:
    """Peaks, sums and, where the joints are known exactly, errors, joint by joint."""
    maps, points = subject.heatmaps, subject.predicted
    order = np.argsort(-points[:, 2]).tolist()
    off = np.linalg.norm((points - subject.keypoints)[:, :2], axis=1)
    rows = tuple(
        (
            subject.name(joint),
            float(points[joint, 2]),
            float(maps[joint].sum()),
            float(off[joint]) if subject.exact and subject.known[joint] else None,
        )
        for joint in order
    )
    perfect, _ = heatmap.encode(subject.affine.apply(_labels(subject)), subject.crop.shape[:2])
    drawn_of = [float(one.sum()) for one in perfect if one.max() > 0]
    values = {"least": f"{rows[-1][1]:.2f}", "most": f"{rows[0][1]:.2f}", "sum": f"{max(drawn_of, default=0):.1f}"}
    values |= {"negative": int((maps < 0).sum() * 100 / maps.size), "joint": rows[0][0], "worst": rows[-1][0]}
    said = "computed"
    if subject.exact:
        known = subject.known
        ranks = [np.argsort(np.argsort(some)) for some in (points[known, 2], -off[known])]
        values["rank"] = f"{np.corrcoef(*ranks)[0, 1]:+.2f}" if known.sum() > 2 else "—"
        said = "exact"
    view, to_view = close_up(subject.photo, subject.box)
    someone = Person(moved(subject.box, to_view), to_view.apply(points), 1.0)
    drawn = draw.people(view, [someone], subject.skeleton, threshold=-math.inf, labels=False)
    columns = ("column.joint", "faq.peak", "faq.score.sum", "faq.off_px")
    pictures = (shot(desk, drawn, "score.picture"),)
    return Answer(values, pictures, (Table(columns, rows, (0, 3, 1, 1)),), said=said)


def oks(desk: Desk, subject: Subject, say: Say) -> Answer:
    """How quickly each kind of joint loses similarity on this person, beside PCK's one threshold."""
    sigmas, area = subject.skeleton.sigmas, subject.box.area
    joints = [subject.skeleton.joints.index(name) for name in KINDS if name in subject.skeleton.joints]
    longest = max(subject.box.w, subject.box.h)
    far = np.linspace(0, 1.25 * PCK_SHARE * longest, 60)
    lines, rows = [], []
    for joint in joints:
        one = np.array([[0.0, 0.0, 1.0]])
        others = np.column_stack([far, np.zeros_like(far), np.ones_like(far)])[:, None]
        lines.append((subject.name(joint), curve(far, metrics.oks(one, others, area, [sigmas[joint]]))))
        rows.append((subject.name(joint), sigmas[joint], half_radius(area, sigmas[joint]), _after(subject, joint)))
    size = np.array([longest])
    steps = [float(metrics.pck(np.array([[[x, 0.0]]]), np.array([[[0.0, 0.0, 1.0]]]), size, PCK_SHARE)[0]) for x in far]
    lines.append(("faq.oks.pck", curve(far, steps)))
    view, to_view = close_up(subject.photo, subject.box)
    drawn = draw.annotation(view, _moved(subject, to_view), subject.skeleton)
    zoom = to_view.matrix[0, 0]
    for joint in range(len(subject.skeleton)):
        if subject.known[joint]:
            place = to_view.apply(subject.keypoints[joint])[:2]
            color = colors.ON_DARK.of_side(subject.skeleton.sides[joint])
            _circle(drawn, place, zoom * half_radius(area, sigmas[joint]), color)
    # One eye and one hip that are the same distance off: PCK calls both right, or both wrong.
    values = {"step": f"{STEP:.0f}", "pck": f"{PCK_SHARE * longest:.0f}", "area": f"{area:,.0f}"}
    values |= {"narrow": rows[0][0], "wide": rows[-1][0]} | {
        "narrow_half": f"{rows[0][2]:.1f}",
        "wide_half": f"{rows[-1][2]:.1f}",
    }
    values |= {"own": f"{subject.oks(subject.predicted):.2f}"}
    columns = ("column.joint", "faq.oks.sigma", "faq.oks.half", "faq.oks.after")
    return Answer(
        values,
        (shot(desk, drawn, "oks.picture"),),
        (Table(columns, tuple(rows), (0, 3, 1, 3)),),
        (Curves("faq.oks.x", "faq.oks.y", tuple(lines)),),
        said="exact" if subject.exact else "computed",
    )


def target_weights(desk: Desk, subject: Subject, say: Say) -> Answer:
    """The face was not annotated: the published loss of this network's own answer, with and without the weights."""
    import torch  # the loss is torch's; nothing else here is

    from hrnet.training.loss import joint_mse

    hidden = np.array([name in HIDDEN for name in subject.skeleton.joints])
    if not hidden.any():  # other joints than COCO's: the first third
        hidden[: max(1, len(hidden) // 3)] = True
    labels = subject.affine.apply(_labels(subject))
    labels[hidden, 2] = 0
    targets, weights = heatmap.encode(labels, subject.crop.shape[:2])
    output = torch.tensor(subject.heatmaps[None], requires_grad=True)
    rows, pulls = [], []
    for name, some in (("with", weights), ("without", np.ones_like(weights))):
        loss = joint_mse(output, torch.tensor(targets[None]), torch.tensor(some[None]))
        (gradient,) = torch.autograd.grad(loss, output)
        share = _share(subject.heatmaps, targets, some, hidden)
        pulls.append(gradient[0].numpy())
        rows.append(
            (f"faq.target_weights.{name}", 1e3 * loss.item(), 100 * share, float(np.abs(pulls[-1][hidden]).sum()))
        )
    pictures = []
    view, to_view = close_up(subject.photo, subject.box)
    labeled = np.column_stack([to_view.apply(subject.keypoints)[:, :2], np.where(hidden, 0, _labels(subject)[:, 2])])
    pictures.append(shot(desk, draw.annotation(view, labeled, subject.skeleton), "target_weights.picture"))
    joint = int(np.argmax(np.where(hidden, subject.heatmaps.max(axis=(1, 2)), -np.inf)))
    to_crop = subject.metadata.rule.heatmap_to_crop(subject.crop.shape[:2], targets.shape[1:])
    to_photo = to_view @ subject.affine.inverse() @ to_crop
    pull = np.maximum(pulls[1][joint], 0)  # where the loss would have the answer lower
    drawn = draw.heatmap(view, pull, to_photo, limits=(0.0, max(float(pull.max()), 1e-9)))
    pictures.append(shot(desk, drawn, "target_weights.pull", joint=subject.name(joint)))
    values = {"hidden": int(hidden.sum()), "joints": len(hidden), "with": f"{rows[0][1]:.2f}"}
    values |= {"without": f"{rows[1][1]:.2f}", "share": f"{rows[1][2]:.0f}", "joint": subject.name(joint)}
    values |= {"peak": f"{float(subject.heatmaps[joint].max()):.2f}"}
    columns = (
        "faq.target_weights.weights",
        "faq.target_weights.loss",
        "faq.target_weights.share",
        "faq.target_weights.gradient",
    )
    return Answer(values, tuple(pictures), (Table(columns, tuple(rows), (0, 3, 0, 4)),))


def half_radius(area: float, sigma: float) -> float:
    """Photo pixels at which a joint's similarity is one half: exp(-d**2 / (2 area (2 sigma)**2)) = 1 / 2."""
    return math.sqrt(2 * math.log(2) * area) * 2 * sigma


def _after(subject: Subject, joint: int) -> float:
    """OKS of a pose of which nothing is wrong but this joint, by STEP pixels."""
    everything = np.column_stack([subject.keypoints[:, :2], np.ones(len(subject.keypoints))])
    other = everything.copy()
    other[joint, 0] += STEP
    return subject.oks(other, everything)


def _labels(subject: Subject) -> np.ndarray:
    return np.column_stack([subject.keypoints[:, :2], np.where(subject.known, 2.0, 0.0)])


def _moved(subject: Subject, to_view) -> np.ndarray:
    return np.column_stack([to_view.apply(subject.keypoints)[:, :2], _labels(subject)[:, 2]])


def _share(output: np.ndarray, target: np.ndarray, weights: np.ndarray, hidden: np.ndarray) -> float:
    """Of the loss, what comes from the hidden joints."""
    costs = ((output - target) ** 2).sum(axis=(1, 2)) * weights**2
    return float(costs[hidden].sum() / costs.sum())


def _circle(picture: np.ndarray, place: np.ndarray, radius: float, color: str) -> None:
    center, reach = tuple((place * 16).round().astype(int).tolist()), round(16 * radius)
    for ink, width in ((colors.CASING, 4), (color, 2)):
        cv2.circle(picture, center, reach, colors.rgb(ink), width, cv2.LINE_AA, 4)
