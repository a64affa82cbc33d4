"""From a box to what the network sees: the padding, the unit of 200 pixels, the proportions, the rules in use."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from apps.views.faq.parts import Answer, Table, close_up, enlarged, moved, shot, zoomed
from hrnet import colors, draw, heatmap
from hrnet.geometry import OFFICIAL, PADDING, UDP, WALKTHROUGH, Affine, crop_affine, padded_sides
from hrnet.heatmap.targets import RADIUS_IN_SIGMAS, STRIDE
from hrnet.pen import Pen

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.views.faq import Say
    from apps.views.faq.subject import Subject

PADDINGS = (1.0, 1.1, PADDING, 1.5, 2.0)
SHOWN_PADDINGS = (1.0, PADDING, 2.0)
PATCH = RADIUS_IN_SIGMAS * 2 * STRIDE  # crop pixels from a joint to the edge of its target's patch, at sigma 2
PIXEL_STD = 200  # lib/dataset/JointsDataset.py of leoxiaobin/deep-high-resolution-net.pytorch: pixel_std
PUBLISHED_SIZE = (256, 192)  # (height, width), its experiments/coco/hrnet/w32_256x192_adam_lr1e-3.yaml
CROP_ZOOM = 3


def padding(desk: Desk, subject: Subject, say: Say) -> Answer:
    """The same person with less and more room around, seen by the network."""
    size, rule = subject.metadata.input_size, subject.metadata.rule
    rows, pictures = [], []
    for factor in PADDINGS:
        affine = crop_affine(subject.box, size, rule, scale=factor / PADDING)
        crop = affine.warp(subject.photo, size, fill=rule.fill)
        points = affine.apply(subject.keypoints[subject.known, :2])
        room = np.minimum(points, np.array(size[::-1]) - 1 - points).min(axis=1)  # to the nearest border
        maps = subject.topdown.heatmaps(crop[None])
        (predicted,) = subject.topdown.decode(maps, [affine])
        tall = float(subject.box.h * affine.matrix[1, 1] / size[0])
        mean = float(predicted[subject.known, 2].mean())
        rows.append((factor, 100 * tall, int((room < 0).sum()), int((room < PATCH).sum()), mean))
        if factor in SHOWN_PADDINGS:
            joints = (zoomed(CROP_ZOOM, CROP_ZOOM) @ affine).apply(_labels(subject))
            drawn = draw.annotation(enlarged(crop, CROP_ZOOM), joints, subject.skeleton)
            pictures.append(shot(desk, drawn, "padding.picture", factor=f"{factor:.2f}", out=rows[-1][2]))
    tight, usual = rows[0], rows[PADDINGS.index(PADDING)]
    columns = ("faq.padding.factor", "faq.padding.tall", "faq.padding.out", "faq.padding.cut", "faq.mean_peak")
    values = {"known": int(subject.known.sum()), "out": tight[2], "out_usual": usual[2], "cut": tight[3]}
    values |= {"cut_usual": usual[3], "tall": f"{usual[1]:.0f}", "patch": PATCH}
    return Answer(values, tuple(pictures), (Table(columns, tuple(rows), (2, 0, 0, 0, 3)),))


def pixel_std(desk: Desk, subject: Subject, say: Say) -> Answer:
    """The published center and scale of this box, and that 200 falls out again."""
    box = subject.box
    center = np.array(box.center)
    sides = np.array(padded_sides(box, PUBLISHED_SIZE))
    ours = crop_affine(box, PUBLISHED_SIZE, OFFICIAL)
    apart = max(_apart(ours, published_affine(center, sides / unit, unit)) for unit in (PIXEL_STD, 100))
    view, to_view = close_up(subject.photo, box)
    drawn = draw.window(draw.boxes(view, [moved(box, to_view)]), ours @ to_view.inverse(), PUBLISHED_SIZE)
    ruler = PIXEL_STD * to_view.matrix[0, 0]
    drawn = _ruler(drawn, ruler) if ruler < 0.9 * drawn.shape[1] else drawn
    rows = (
        ("faq.pixel_std.center", *center.tolist()),
        ("faq.pixel_std.sides", *sides.tolist()),
        ("faq.pixel_std.scale", *(sides / PIXEL_STD).tolist()),
    )
    values = {"wide": f"{sides[0]:.0f}", "high": f"{sides[1]:.0f}", "apart": f"{apart:.0e}"}
    values |= {"scale_x": f"{sides[0] / PIXEL_STD:.3f}", "scale_y": f"{sides[1] / PIXEL_STD:.3f}"}
    table = Table(("faq.pixel_std.of", "column.x", "column.y"), rows, (0, 3, 3))
    return Answer(values, (shot(desk, drawn, "pixel_std.picture"),), (table,))


def published_affine(center: np.ndarray, scale: np.ndarray, unit: float) -> Affine:
    """What the published code makes of center and scale, when its unit of 200 pixels is another one.

    Source: get_affine_transform in lib/utils/transforms.py of leoxiaobin/deep-high-resolution-net.pytorch: the center,
    the point half the scaled width above it, and one at a right angle, where they land in the crop.
    """
    height, width = PUBLISHED_SIZE
    half, middle = scale[0] * unit / 2, np.array([width / 2, height / 2])
    source = np.array([center, center - [0, half], center - [half, half]], np.float32)
    target = np.array([middle, middle - [0, width / 2], middle - [width / 2, width / 2]], np.float32)
    return Affine(cv2.getAffineTransform(source, target))


def aspect(desk: Desk, subject: Subject, say: Say) -> Answer:
    """How much of inputs of different proportions is the person, for everybody in the photo."""
    own = subject.metadata.input_size
    sizes = list(dict.fromkeys([PUBLISHED_SIZE, own, (256, 256), (192, 256)]))
    view, to_view = close_up(subject.photo, subject.box, margin=0.6)
    rows, pictures = [], []
    for size in sizes:
        shares = [box.area / math.prod(padded_sides(box, size)) for box in subject.everybody]
        mean, this = 100 * float(np.mean(shares)), 100 * shares[subject.everybody.index(subject.box)]
        form = f"{size[1]}×{size[0]}"
        rows.append((form, size[0] * size[1], this, mean))
        if size != own or own == PUBLISHED_SIZE:  # three pictures
            affine = crop_affine(subject.box, size, OFFICIAL) @ to_view.inverse()
            drawn = draw.window(draw.boxes(view, [moved(subject.box, to_view)]), affine, size)
            pictures.append(shot(desk, drawn, "aspect.picture", form=form, share=f"{this:.0f}"))
    wide, high = subject.box.w, subject.box.h
    squeeze = (PUBLISHED_SIZE[1] / wide) / (PUBLISHED_SIZE[0] / high)  # as the rules that stretch would do
    values = {"form": f"{wide / high * 4:.1f}:4", "people": len(subject.everybody), "squeeze": f"{squeeze:.2f}"}
    values |= {"share": f"{rows[0][2]:.0f}", "square": f"{rows[sizes.index((256, 256))][2]:.0f}"}
    values |= {"own": f"{own[1]}×{own[0]}"}
    columns = ("faq.aspect.input", "faq.aspect.pixels", "faq.aspect.share", "faq.aspect.mean")
    return Answer(values, tuple(pictures), (Table(columns, tuple(rows), (0, 0, 0, 0)),))


def rules(desk: Desk, subject: Subject, say: Say) -> Answer:
    """The same box under the three published rules: other pixels, and joints that land elsewhere when rules mix."""
    size, own = subject.metadata.input_size, subject.metadata.rule
    maps = (size[0] // STRIDE, size[1] // STRIDE)
    name = f"faq.rule.{own.family}"
    rows = []
    pictures = [shot(desk, enlarged(subject.crop, CROP_ZOOM), "rules.own", own=name)]
    for family in (OFFICIAL, UDP, WALKTHROUGH):
        rule = replace(family, fill=own.fill, stretch=own.stretch)
        affine = crop_affine(subject.box, size, rule)
        crop = affine.warp(subject.photo, size, fill=rule.fill)
        apart = np.abs(crop.astype(int) - subject.crop)
        # The same heatmaps, taken back by this rule and by the network's own.
        points = heatmap.decode(subject.topdown.heatmaps(crop[None]), subject.metadata.decoder, subject.metadata.kernel)
        back, right = (
            (affine.inverse() @ one.heatmap_to_crop(size, maps)).apply(points[0]).astype(float) for one in (rule, own)
        )
        other, most = f"faq.rule.{rule.family}", int(apart.max())
        rows.append((other, float(apart.mean()), most, subject.distance(back, right)))
        if most:
            drawn = draw.field(apart.max(axis=2).astype(np.float32), (0, most))
            larger = enlarged(drawn, CROP_ZOOM, smooth=False)
            pictures.append(shot(desk, larger, "rules.picture", exact=True, rule=other, own=name, most=most))
    rounding = float(np.abs(bilinear(subject.photo, subject.affine, size, own.fill) - subject.crop).max())
    cell = STRIDE / abs(np.linalg.det(subject.affine.matrix[:, :2])) ** 0.5
    values = {"own": name, "most": max(row[2] for row in rows), "moved": f"{max(row[3] for row in rows):.2f}"}
    values |= {"opencv": cv2.__version__, "rounding": f"{rounding:.1f}", "cell": f"{cell:.1f}"}
    columns = ("faq.rules.rule", "faq.rules.mean", "faq.rules.most", "faq.rules.moved")
    return Answer(values, tuple(pictures), (Table(columns, tuple(rows), (0, 2, 0, 2)),))


def _labels(subject: Subject) -> np.ndarray:
    return np.column_stack([subject.keypoints[:, :2], np.where(subject.known, 2.0, 0.0)])


def _apart(a: Affine, b: Affine) -> float:
    return float(np.abs(a.matrix - b.matrix).max())


def _ruler(picture: np.ndarray, length: float) -> np.ndarray:
    """A scale of that many pixels in the lower left corner."""
    pen = Pen.for_photo(picture)
    x, y = 4 * pen.stroke, picture.shape[0] - 6 * pen.stroke
    ends = [((x, y), (x + length, y))]
    ends += [((at, y - 2 * pen.stroke), (at, y + 2 * pen.stroke)) for at in (x, x + length)]
    for width, color in ((pen.stroke + 2 * pen.casing, colors.CASING), (pen.stroke, colors.CORE)):
        for start, end in ends:
            pen.line(start, end, width, color)
    return picture


def bilinear(photo: np.ndarray, affine: Affine, size: tuple[int, int], fill: int) -> np.ndarray:
    """float (H, W, 3): what `Affine.warp` means, computed without rounding places or values."""
    height, width = photo.shape[:2]
    rows, columns = np.indices(size)
    points = affine.inverse().apply(np.stack([columns, rows], axis=-1).astype(float))
    corners = np.floor(points).astype(int)
    (right, down), (x, y) = np.moveaxis(points - corners, -1, 0)[..., None], np.moveaxis(corners, -1, 0)

    def at(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        pixels = photo[y.clip(0, height - 1), x.clip(0, width - 1)].astype(float)
        pixels[(x < 0) | (y < 0) | (x >= width) | (y >= height)] = fill
        return pixels

    above = at(x, y) * (1 - right) + at(x + 1, y) * right
    below = at(x, y + 1) * (1 - right) + at(x + 1, y + 1) * right
    return above * (1 - down) + below * down
