"""From joints to heatmaps and back: what a grid four times coarser costs, and how it is paid back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from apps.views.faq import published
from apps.views.faq.parts import Answer, Curves, Table, close_up, curve, enlarged, shot, zoomed
from hrnet import colors, draw, geometry, heatmap
from hrnet.geometry import OFFICIAL, Affine
from hrnet.heatmap.targets import STRIDE
from hrnet.pen import Pen

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.views.faq import Say
    from apps.views.faq.subject import Subject

LIMBS_ENDS = ("left_wrist", "right_wrist", "left_ankle", "right_ankle")  # what a picture of one joint prefers
DECODERS = ("argmax", "quarter", "dark")
# Targets whose center is rounded to a heatmap pixel have nothing left of the rest; nobody can read it out again.
READINGS = (("rounded", "argmax"), ("rounded", "quarter"), *(("unbiased", kind) for kind in DECODERS))
SWEEP = np.linspace(0, STRIDE, 33)  # crop pixels: places of a joint between two heatmap pixels
SIGMAS = (0.5, 1.0, 2.0, 3.0, 6.0)
SHOWN_SIGMAS = (1.0, 2.0, 6.0)
NOISE = 0.1  # standard deviation of what is added to every pixel, where a perfect peak has 1
DRAWS, SEED = 200, 0
ZOOM = 4
AROUND = 5  # heatmap pixels shown on every side of a peak
PATCH_ZOOM = 32


def quarter_size(desk: Desk, subject: Subject, say: Say) -> Answer:
    """Every joint drawn as a perfect target and read again: what the grid alone costs."""
    size = subject.metadata.input_size
    points = subject.affine.apply(subject.keypoints)
    inside = subject.known & ((points[:, :2] >= 0) & (points[:, :2] < np.array(size[::-1]))).all(axis=1)
    points, factor = points[inside], _photo_pixels(subject)
    rows = []
    for target, kind in READINGS:
        maps, _ = heatmap.encode(points, size, kind=target)
        back = OFFICIAL.heatmap_to_crop(size, maps.shape[1:]).apply(heatmap.decode(maps[None], kind)[0])
        off = np.linalg.norm((back - points)[:, :2], axis=1)
        rows.append(
            (
                f"faq.target.{target}",
                f"faq.decoder.{kind}",
                float(off.mean()),
                float(off.max()),
                factor * float(off.mean()),
            )
        )
    joint = subject.surest(*LIMBS_ENDS)
    crop = enlarged(subject.crop, ZOOM)
    to_crop = zoomed(ZOOM, ZOOM) @ subject.metadata.rule.heatmap_to_crop(size, subject.heatmaps.shape[1:])
    drawn = draw.heatmap(crop, subject.heatmaps[joint], to_crop, limits=_limits(subject.heatmaps[joint]), smooth=False)
    h, w = subject.heatmaps.shape[1:]
    values = {"cell": f"{STRIDE * factor:.1f}", "rounded": f"{rows[0][4]:.1f}"}
    values |= {"argmax": f"{rows[2][4]:.1f}", "quarter": f"{rows[3][4]:.1f}", "dark": f"{rows[4][4]:.2f}"}
    values |= {"rows": h, "columns": w, "numbers": f"{subject.heatmaps.size:,}", "joints": int(inside.sum())}
    values |= {"full": f"{subject.heatmaps.size * STRIDE**2:,}", "crop": f"{size[1]}×{size[0]}", "times": STRIDE**2}
    columns = ("faq.target", "faq.decoder", "faq.quarter_size.mean", "faq.quarter_size.most", "faq.quarter_size.photo")
    return Answer(
        values,
        (shot(desk, drawn, "quarter_size.picture", joint=subject.name(joint), rows=h, columns=w),),
        (Table(columns, tuple(rows), (0, 0, 2, 2, 2)),),
        published=(published.PLAIN_SMALL, published.DARK_SMALL),
    )


def quarter_offset(desk: Desk, subject: Subject, say: Say) -> Answer:
    """The peak of one joint from near, with where every decoder puts it; and what each makes of a perfect target."""
    joint = subject.surest(*LIMBS_ENDS)
    maps = subject.heatmaps[joint]
    to_photo = subject.affine.inverse() @ subject.metadata.rule.heatmap_to_crop(subject.crop.shape[:2], maps.shape)
    places = {kind: heatmap.decode(maps[None, None], kind)[0, 0] for kind in ("argmax", "quarter", "dark", "udp")}
    rows = tuple(
        (f"faq.decoder.{kind}", *place[:2].tolist(), *to_photo.apply(place)[:2].tolist())
        for kind, place in places.items()
    )
    left, top = (max(0, int(round(float(at))) - AROUND) for at in places["argmax"][:2])
    patch = maps[top : top + 2 * AROUND + 1, left : left + 2 * AROUND + 1]
    drawn = enlarged(draw.field(patch, _limits(maps)), PATCH_ZOOM, smooth=False)
    to_patch = zoomed(PATCH_ZOOM, PATCH_ZOOM) @ Affine.translation(-left, -top)
    for kind, side in (("argmax", "middle"), ("quarter", "left"), ("dark", "right")):
        _mark(drawn, to_patch.apply(places[kind])[:2].tolist(), side)
    # A joint that moves from one heatmap pixel to the next: how far off every decoder is.
    size = subject.metadata.input_size
    start = STRIDE * (size[1] // STRIDE // 2)
    sweep = np.column_stack([start + SWEEP, np.full_like(SWEEP, start), np.ones_like(SWEEP)])
    lines = []
    targets, _ = heatmap.encode(sweep, size, kind="unbiased")
    for kind in DECODERS:
        off = STRIDE * heatmap.decode(targets[None], kind)[0, :, 0] - sweep[:, 0]
        lines.append((f"faq.decoder.{kind}", curve(SWEEP, np.abs(off))))
    means = {name: np.mean([y for _, y in points]) for name, points in lines}
    values = {"joint": subject.name(joint), "peak": f"{float(maps.max()):.2f}"}
    values |= {kind: f"{means[f'faq.decoder.{kind}']:.2f}" for kind in DECODERS}
    values |= {"own": f"faq.decoder.{subject.metadata.decoder}"}
    columns = ("faq.decoder", "faq.quarter_offset.x", "faq.quarter_offset.y", "faq.photo_x", "faq.photo_y")
    return Answer(
        values,
        (shot(desk, drawn, "quarter_offset.picture", exact=True, joint=subject.name(joint)),),
        (Table(columns, rows, (0, 2, 2, 1, 1)),),
        (Curves("faq.quarter_offset.moved", "faq.quarter_offset.off", tuple(lines)),),
    )


def sigma(desk: Desk, subject: Subject, say: Say) -> Answer:
    """Targets of several widths for one joint, and how well each is read back through noise."""
    size = subject.metadata.input_size
    joint = subject.surest(*LIMBS_ENDS)
    point = subject.affine.apply(subject.keypoints[joint : joint + 1])
    point[:, 2] = 1
    rows, pictures, factor = [], [], _photo_pixels(subject)
    for width in SIGMAS:
        maps, _ = heatmap.encode(point, size, width, "unbiased")
        wide = int((maps[0] >= 0.5).any(axis=0).sum())
        cost = float((0.5 * maps**2).mean())
        rows.append(
            (width, wide, float(STRIDE * factor * 2.355 * width), float(maps.sum()), 1e3 * cost, _read(size, width))
        )
        if width in SHOWN_SIGMAS:
            crop = enlarged(subject.crop, ZOOM)
            to_crop = zoomed(ZOOM, ZOOM) @ OFFICIAL.heatmap_to_crop(size, maps.shape[1:])
            drawn = draw.heatmap(crop, maps[0], to_crop, smooth=False)
            pictures.append(shot(desk, drawn, "sigma.picture", sigma=f"{width:g}", joint=subject.name(joint)))
    best = min(rows, key=lambda row: row[5])
    two = rows[SIGMAS.index(2.0)]
    values = {"wide": f"{two[2]:.0f}", "sum": f"{two[3]:.1f}", "best": f"{best[0]:g}", "off": f"{two[5]:.2f}"}
    values |= {"narrow": f"{rows[0][5]:.2f}", "broad": f"{rows[-1][5]:.2f}", "noise": NOISE, "draws": DRAWS}
    columns = (
        "faq.sigma.sigma",
        "faq.sigma.cells",
        "faq.sigma.photo",
        "faq.sigma.sum",
        "faq.sigma.cost",
        "faq.sigma.off",
    )
    return Answer(values, tuple(pictures), (Table(columns, tuple(rows), (1, 0, 0, 1, 2, 2)),))


def overlay(desk: Desk, subject: Subject, say: Say) -> Answer:
    """A heatmap laid over the photo through the crop's map, and stretched over it as many first try."""
    joint = subject.surest()
    maps = subject.heatmaps[joint]
    to_crop = subject.metadata.rule.heatmap_to_crop(subject.crop.shape[:2], maps.shape)
    to_photo = subject.affine.inverse() @ to_crop
    height, width = subject.photo.shape[:2]
    whole = zoomed(width / maps.shape[1], height / maps.shape[0])  # heatmap pixels -> the whole photo
    in_box = Affine.translation(subject.box.x, subject.box.y) @ zoomed(
        subject.box.w / maps.shape[1], subject.box.h / maps.shape[0]
    )
    place = heatmap.decode(maps[None, None], subject.metadata.decoder, subject.metadata.kernel)[0, 0]
    truth = to_photo.apply(place)[:2]
    view, to_view = close_up(subject.photo, geometry.whole(subject.photo), margin=0)
    pictures, values = [], {"joint": subject.name(joint)}
    for name, map_ in (("right", to_photo), ("box", in_box), ("photo", whole)):
        off = float(np.linalg.norm(map_.apply(place)[:2] - truth))
        drawn = draw.heatmap(view, maps, to_view @ map_, limits=_limits(maps))
        values[name] = f"{off:.0f}"
        pictures.append(shot(desk, drawn, f"overlay.{name}", off=f"{off:.0f}", joint=subject.name(joint)))
    return Answer(values, tuple(pictures))


def _photo_pixels(subject: Subject) -> float:
    """Photo pixels in one crop pixel."""
    return float(abs(np.linalg.det(subject.affine.matrix[:, :2])) ** -0.5)


def _limits(maps: np.ndarray) -> tuple[float, float]:
    """From 0 to the map's own peak, so that a faint one can be seen."""
    return 0.0, max(float(maps.max()), 1e-3)


def _read(size: tuple[int, int], width: float) -> float:
    """Mean crop pixels between a joint and what DARK reads of its target of that sigma through noise."""
    rng = np.random.default_rng(SEED)
    middle = np.array(size[::-1]) / 2
    points = np.column_stack([middle + rng.uniform(-STRIDE, STRIDE, (DRAWS, 2)), np.ones(DRAWS)])
    maps, _ = heatmap.encode(points, size, width, "unbiased")
    maps = maps + rng.normal(0, NOISE, maps.shape).astype(np.float32)
    read = STRIDE * heatmap.decode(maps[None], "dark")[0, :, :2]
    return float(np.linalg.norm(read - points[:, :2], axis=1).mean())


def _mark(picture: np.ndarray, place: list[float], side: str) -> None:
    """A joint's sign, in its color and a casing."""
    pen = Pen(picture, 2.0)
    pen.joint(tuple(place), 9, side, colors.CASING)
    pen.joint(tuple(place), 7, side, colors.ON_DARK.of_side(side))
