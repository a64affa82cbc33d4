"""What the network is shown: the mirror and its shift by one heatmap pixel, the order of colors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from apps.views.faq import published
from apps.views.faq.parts import Answer, Table, enlarged, shot, zoomed
from hrnet import colors, draw, heatmap
from hrnet.geometry import OFFICIAL, UDP, Affine, Box, crop_affine
from hrnet.person import Person

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.views.faq import Say
    from apps.views.faq.subject import Subject

TARGETS = {OFFICIAL: ("unbiased", "dark"), UDP: ("udp", "udp")}  # the target without rounding, and its decoder
ZOOM = 3
MAP_ZOOM = 8


def flip_shift(desk: Desk, subject: Subject, say: Say) -> Answer:
    """A perfect network, asked about the crop and about its mirror: how far the two answers lie apart, in x."""
    size = subject.metadata.input_size
    rows = []
    for rule, (target, decoder) in TARGETS.items():
        affine = crop_affine(subject.box, size, rule)
        points = affine.apply(np.column_stack([subject.keypoints[:, :2], subject.known]))
        points[:, 2] *= _well_inside(points, size)
        mirrored = Affine.mirror(size[1]).apply(points)[subject.skeleton.mirror]
        maps, mirror = (heatmap.encode(some, size, kind=target)[0][None] for some in (points, mirrored))
        here, used = heatmap.decode(maps, decoder)[0, :, 0], points[:, 2] > 0
        for shift in (False, True):
            back = heatmap.flip_back(mirror, subject.skeleton, shift)
            cells = float((heatmap.decode(back, decoder)[0, :, 0] - here)[used].mean()) if used.any() else 0.0
            peak = float(((maps + back) / 2).max(axis=(2, 3))[0, used].mean()) if used.any() else 0.0
            photo = float(cells * rule.heatmap_to_crop(size, maps.shape[2:]).matrix[0, 0] / affine.matrix[0, 0])
            rows.append(
                (f"faq.rule.{rule.family}", f"faq.flip_shift.{'shifted' if shift else 'still'}", cells, photo, peak)
            )
    own = subject.metadata.rule
    mirror = subject.topdown.heatmaps(np.ascontiguousarray(subject.crop[None, :, ::-1]))
    joint = subject.surest("left_wrist", "right_wrist", "nose")
    alone = subject.heatmaps[joint]
    both = {shift: heatmap.flip_back(mirror, subject.skeleton, shift)[0, joint] for shift in (False, True)}
    reach = max(float(np.abs(alone - one).max()) for one in both.values()) or 1.0
    pictures = [_field(desk, draw.field(alone, (0, max(float(alone.max()), 1e-3))), "flip_shift.alone", subject, joint)]
    for shift, one in both.items():
        name = "flip_shift.shifted_picture" if shift else "flip_shift.still_picture"
        pictures.append(_field(desk, draw.field(one - alone, (-reach, reach), colors.SIGNED), name, subject, joint))
    still, shifted, udp, udp_shifted = (f"{row[2]:+z.2f}" for row in rows)
    values = {"still": still, "shifted": shifted, "udp": udp, "udp_shifted": udp_shifted}
    values |= {"own": f"faq.rule.{own.family}"}
    values |= {"does": f"faq.flip_shift.{'shifted' if own.flip_shift else 'still'}"}
    columns = (
        "faq.rules.rule",
        "faq.flip_shift.moved",
        "faq.flip_shift.cells",
        "faq.flip_shift.photo",
        "faq.flip_shift.peak",
    )
    cited = (published.UNSHIFTED, published.SHIFTED, published.SHIFTED_TWICE)
    return Answer(values, tuple(pictures), (Table(columns, tuple(rows), (0, 0, 2, 2, 3)),), published=cited)


def color(desk: Desk, subject: Subject, say: Say) -> Answer:
    """The same crop with red and blue exchanged."""
    crop = subject.crop
    swapped = np.ascontiguousarray(crop[..., ::-1])
    maps = subject.topdown.heatmaps(swapped[None])
    other = subject.topdown.decode(maps, [subject.affine])[0]
    reference = np.column_stack([subject.predicted[:, :2], subject.keypoints[:, 2]])
    right, wrong = (float(points[subject.known, 2].mean()) for points in (subject.predicted, other))
    moved = subject.distance(other, reference)
    to_crop = zoomed(ZOOM, ZOOM) @ subject.affine
    pictures = []
    for name, pixels, points in (("right", crop, subject.predicted), ("wrong", swapped, other)):
        box = Box(0, 0, ZOOM * crop.shape[1], ZOOM * crop.shape[0])
        someone = Person(box, to_crop.apply(points), 1.0)
        drawn = draw.people(
            enlarged(pixels, ZOOM), [someone], subject.skeleton, threshold=-np.inf, boxes=False, labels=False
        )
        pictures.append(shot(desk, drawn, f"color.{name}"))
    rows = tuple(
        (f"faq.color.order_{name}", peak, off, subject.oks(points) if subject.exact else None)
        for name, peak, off, points in (("right", right, 0.0, subject.predicted), ("wrong", wrong, moved, other))
    )
    values = {"moved": f"{moved:.1f}", "share": f"{100 * moved / subject.box.h:.1f}", "right": f"{right:.2f}"}
    values |= {"wrong": f"{wrong:.2f}", "order": subject.metadata.color}
    columns = ("faq.color.order", "faq.mean_peak", "faq.apart_px", "faq.oks_exact")
    return Answer(values, tuple(pictures), (Table(columns, rows, (0, 3, 1, 3)),))


def _well_inside(points: np.ndarray, size: tuple[int, int], border: float = 24.0) -> np.ndarray:
    """(K,) whether the whole patch of a target of sigma 2 lies inside, so that decoding it is exact."""
    far = np.minimum(points[:, :2], np.array(size[::-1]) - 1 - points[:, :2]).min(axis=1)
    return far >= border


def _field(desk: Desk, pixels: np.ndarray, text: str, subject: Subject, joint: int):
    return shot(desk, enlarged(pixels, MAP_ZOOM, smooth=False), text, exact=True, joint=subject.name(joint))
