"""A measurement as one HTML page that needs nothing else: figures, conditions, joints, errors, curves, the worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from hrnet.metrics.coco import RECALLS
from hrnet.metrics.errors import EXACT, KINDS, LOCATED, NEAR, PCK_SHARE, Errors, JointErrors
from hrnet.skeleton import Skeleton
from train.measured import Measured, introduction
from train.report_pictures import SHARE_LABELED, SIDE, Worst, worst
from train.report_style import STYLE

MEANING = {
    "good": f"as near as people agree: similarity above {EXACT:.2f}",
    "jitter": f"about its place: {NEAR:.2f} to {EXACT:.2f}",
    "inversion": "on the same person's other side",
    "swap": "on somebody else",
    "miss": "near none of these",
}


def page(measured: Measured) -> str:
    """The whole page. It holds crops of the photos: where it may be shown, the photos decide.

    Raises:
        hrnet.image.ImageError: a photo of the worst persons cannot be read again.
    """
    errors = measured.errors()
    title = escape(measured.title)
    parts = [
        f"<h1>{title}</h1>",
        "<p>Measured. Every figure depends on all of the conditions.</p>",
        _figures(measured.figures),
        _conditions(measured.conditions),
        *(_table(name, table) for name, table in measured.tables.items()),
        _published(measured),
        _kinds(errors),
        _joints(measured.joints(errors), measured.poses.skeleton),
        '<section class="plots">',
        _curves(measured.curves()),
        _calibration(measured.calibration()),
        "</section>",
        _worst(worst(measured, measured.everybody())),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head>\n<body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _figures(figures: Mapping[str, float]) -> str:
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{'none' if value < 0 else f'{value:.3f}'}</dd></div>"
        for name, value in figures.items()
    )
    return f'<dl class="figures">{cells}</dl>'


def _conditions(conditions: Mapping[str, str]) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in conditions.items())
    return f'<h2>Conditions</h2><dl class="conditions">{rows}</dl>'


def _table(name: str, table: Mapping[str, float]) -> str:
    """MPII's, in percent."""
    rows = "".join(
        f'<tr><td>{escape(row)}</td><td class="number">{_number(value, 1)}</td></tr>' for row, value in table.items()
    )
    return f"<h2>{escape(name)}, percent</h2><table>{rows}</table>"


def _published(measured: Measured) -> str:
    if not measured.beside:
        return ""
    names = [name for name in ("AP", "AP50", "AP75", "AR", "Mean") if any(name in r.figures for r in measured.beside)]
    head = "".join(f'<th class="number">{name}</th>' for name in names)
    rows = ""
    for row in measured.beside:
        cells = "".join(
            f'<td class="number">{f"{row.figures[name]:.1f}" if name in row.figures else ""}</td>' for name in names
        )
        way = "" if row.way == "plain" else f", {row.way}"
        rows += (
            f"<tr><td>{escape(row.network + way)}</td>"
            f'<td class="number">{row.input_size[0]}x{row.input_size[1]}</td>{cells}'
            f"<td>{escape(row.data)}, boxes: {escape(row.boxes)}</td><td>{escape(row.source)}</td></tr>"
        )
    return (
        f"<h2>Published, not measured here</h2><p>{escape(introduction(measured))}</p>"
        f'<div class="scroll"><table class="rows"><thead><tr><th>network</th><th class="number">input</th>{head}'
        f"<th>data and boxes</th><th>source</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _kinds(errors: Errors) -> str:
    shares = errors.shares()
    legend = "".join(
        f'<li><i style="background: var(--{kind})"></i>{kind} <b>{100 * share:.1f} %</b>, {MEANING[kind]}</li>'
        for kind, share in shares.items()
    )
    judged = int((errors.kind >= 0).sum())
    return (
        f"<h2>What the joints are</h2><p>{judged:,} labeled joints of {len(errors.kind):,} persons whose pose has an "
        f"OKS of {LOCATED} or more; {len(errors.missed):,} persons have none. Kinds after Ronchi and Perona, "
        f"arXiv 1707.05388.</p>{_bar(list(shares.values()), 'tall')}"
        f'<ul class="legend">{legend}</ul>'
    )


def _bar(parts: Sequence[float], more: str = "") -> str:
    """Parts of KINDS side by side, in proportion."""
    total = sum(parts)
    if not total:
        return ""
    segments = "".join(
        f'<i style="flex: {part / total:.5f} 0 0; background: var(--{kind})" '
        f'title="{kind} {100 * part / total:.1f} %"></i>'
        for kind, part in zip(KINDS, parts, strict=True)
        if part
    )
    words = ", ".join(f"{kind} {100 * part / total:.0f} %" for kind, part in zip(KINDS, parts, strict=True) if part)
    return f'<div class="bar {more}" role="img" aria-label="{words}">{segments}</div>'


def _joints(joints: Sequence[JointErrors], skeleton: Skeleton) -> str:
    rows = ""
    for joint in joints:
        name = escape(joint.joint.replace("_", " "))
        rows += (
            f'<tr><td class="joint">{name}</td><td class="wide">{_bar(joint.kinds)}</td>'
            f'<td class="number">{_number(100 * joint.share, 1)}</td>'
            f'<td class="number optional">{_number(joint.pixels, 1)}</td>'
            f'<td class="number optional">{_number(joint.similarity, 3)}</td>'
            f'<td class="number">{_number(100 * joint.pck, 1)}</td>'
            f'<td class="number optional">{joint.labeled:,}</td></tr>'
        )
    return (
        "<h2>Joint by joint</h2><p>The same persons. Error: the median distance in percent of the person's size (the "
        "root of the area), and in pixels of the photo; similarity: the mean of what OKS adds up; PCK: percent within "
        f"{PCK_SHARE} of the longer side of the box.</p>"
        f"{_lengths(joints, skeleton)}"
        '<table class="rows"><thead><tr><th>joint</th><th class="wide">kinds</th><th class="number">error %</th>'
        '<th class="number optional">px</th><th class="number optional">similarity</th><th class="number">PCK</th>'
        f'<th class="number optional">labeled</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _lengths(joints: Sequence[JointErrors], skeleton: Skeleton) -> str:
    """The median errors as a figure: left a filled disc, right a hollow square, on one line where they are a pair."""
    partner = {a: b for a, b in skeleton.flip_pairs} | {b: a for a, b in skeleton.flip_pairs}
    lines = [(i, partner.get(i)) for i in range(len(joints)) if partner.get(i, i) >= i]
    shown = [100 * joint.share for joint in joints if joint.labeled]
    if not shown:
        return ""
    highest = max(5.0, float(np.ceil(max(shown) / 5) * 5))
    width, row, left = 420, 22, 80
    scale = (width - left - 12) / highest
    height = row * len(lines) + 22
    parts = []
    step = 5 if highest <= 30 else 10 if highest <= 60 else 25
    for tick in np.arange(0, highest + 0.1, step):
        x = left + tick * scale
        parts.append(f'<path class="axis" d="M{x:.1f} 0V{height - 20}"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 4}" text-anchor="middle">{tick:.0f} %</text>')
    for line, pair in enumerate(lines):
        y = row * line + row / 2
        both = [i for i in pair if i is not None]
        name = joints[both[0]].joint
        if len(both) == 2:
            name = name.replace("left_", "").replace("right_", "")
        parts.append(f'<text x="{left - 10}" y="{y + 4}" text-anchor="end">{escape(name.replace("_", " "))}</text>')
        places = [(i, left + 100 * joints[i].share * scale) for i in both if joints[i].labeled]
        if len(places) == 2:
            ends = " ".join(f"{x:.1f}" for _, x in places).split()
            parts.append(f'<path class="axis" style="stroke: var(--ink-2)" d="M{ends[0]} {y}H{ends[1]}"/>')
        for i, x in places:
            side = skeleton.sides[i]
            told = f"<title>{escape(joints[i].joint)}: {100 * joints[i].share:.1f} %</title>"
            if side == "right":
                parts.append(
                    f'<rect x="{x - 4:.1f}" y="{y - 4}" width="8" height="8" '
                    f'style="fill: var(--paper); stroke: var(--right); stroke-width: 2">{told}</rect>'
                )
            else:
                parts.append(f'<circle cx="{x:.1f}" cy="{y}" r="5" style="fill: var(--{side})">{told}</circle>')
    words = "Median error of each joint, in percent of the person's size"
    return (
        f'<ul class="legend"><li><i style="background: var(--left); border-radius: 50%"></i>left</li>'
        '<li><i style="border: 2px solid var(--right)"></i>right, the person\'s own</li></ul>'
        f'<svg viewBox="0 0 {width} {height}" style="max-width: 540px; margin-bottom: 20px" role="img" '
        f'aria-label="{words}">{"".join(parts)}</svg>'
    )


def _curves(curves: Mapping[str, np.ndarray]) -> str:
    """Precision over recall."""
    dashes = ("", "7 4", "2 3", "")
    parts, names = [_frame("recall", "precision")], []
    for (name, precision), dash in zip(curves.items(), dashes, strict=True):
        mean = name.startswith("mean")
        color = "var(--accent)" if mean else "var(--ink-2)"
        style = f"stroke: {color}; stroke-width: {2.5 if mean else 1.5}; fill: none; stroke-dasharray: {dash or 'none'}"
        if not np.isnan(precision).any():
            points = " ".join(f"{_x(r):.1f},{_y(p):.1f}" for r, p in zip(RECALLS, precision, strict=True))
            parts.append(f'<polyline points="{points}" style="{style}"><title>{name}</title></polyline>')
        line = f'<svg class="key" viewBox="0 0 26 8"><path d="M0 4H26" style="{style}"/></svg>'
        value = "none" if np.isnan(precision).any() else f"{precision.mean():.3f}"
        names.append(f"<li>{line}{name} <b>{value}</b></li>")
    return (
        "<div><h2>Precision and recall</h2><p>Persons of all sizes; beside each curve the average precision.</p>"
        f'<ul class="legend">{"".join(names)}</ul>{_plot(parts, "Precision over recall")}</div>'
    )


def _calibration(bins: Sequence[tuple[float, float, int]]) -> str:
    """Mean OKS over mean score."""
    if not bins:
        return ""
    parts = [_frame("score", "mean OKS")]
    places = [(_x(min(max(score, 0), 1)), _y(oks)) for score, oks, _ in bins]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts.append(f'<path class="axis" style="stroke-dasharray: 2 3" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>')
    parts.append(f'<polyline points="{line}" style="stroke: var(--accent); stroke-width: 2; fill: none"/>')
    for (x, y), (score, oks, count) in zip(places, bins, strict=True):
        told = f"<title>{count} poses, mean score {score:.2f}, mean OKS {oks:.2f}</title>"
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" style="fill: var(--accent)">{told}</circle>')
    return (
        f"<div><h2>Scores</h2><p>Poses sorted by score, in {len(bins)} parts of equal number. AP only asks that better "
        "poses have higher scores: that the line rises. On the dotted diagonal a score would be the OKS to expect.</p>"
        f"{_plot(parts, 'Mean OKS over score')}</div>"
    )


# A plot of the unit square, in the units of its view box.
_LEFT, _TOP, _WIDTH, _HEIGHT = 40.0, 22.0, 380.0, 260.0


def _x(share: float) -> float:
    return _LEFT + share * _WIDTH


def _y(share: float) -> float:
    return _TOP + (1 - share) * _HEIGHT


def _frame(across: str, up: str) -> str:
    parts = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<path class="axis" d="M{_x(tick)} {_y(0)}V{_y(1)}M{_x(0)} {_y(tick)}H{_x(1)}"/>')
        parts.append(f'<text x="{_x(tick)}" y="{_y(0) + 18}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{_x(0) - 8}" y="{_y(tick) + 4}" text-anchor="end">{tick:g}</text>')
    parts.append(f'<text x="{_x(1)}" y="{_y(0) + 36}" text-anchor="end">{across}</text>')
    parts.append(f'<text x="{_x(0)}" y="{_y(1) - 8}">{up}</text>')
    return "".join(parts)


def _plot(parts: Sequence[str], words: str) -> str:
    size = f"{_LEFT + _WIDTH + 12:.0f} {_TOP + _HEIGHT + 44:.0f}"
    return f'<svg viewBox="0 0 {size}" role="img" aria-label="{words}">{"".join(parts)}</svg>'


def _worst(persons: Sequence[Worst]) -> str:
    figures, size = "", f'width="{SIDE[1]}" height="{SIDE[0]}"'
    for person in persons:
        kinds = ", ".join(f"{count} {kind}" for kind, count in person.kinds.items())
        figures += (
            f'<figure><div><img src="{person.labeled}" alt="labeled" {size}>'
            f'<img src="{person.predicted}" alt="predicted" {size}></div>'
            f"<figcaption><b>OKS {person.oks:.3f}, score {person.score:.2f}</b> {kinds}<br>"
            f"{escape(person.photo)}, annotation {person.person}</figcaption></figure>"
        )
    if not figures:
        return ""
    return (
        f"<h2>The worst {len(persons)}</h2><p>The lowest OKS of persons with at least {SHARE_LABELED:.0%} of the "
        "joints labeled. Left as labeled, a hollow joint is hidden; right as predicted, every joint with a positive "
        "peak, the surer, the larger. Judge the labels, too.</p>"
        f'<div class="persons">{figures}</div>'
    )


def _number(value: float, digits: int) -> str:
    return "" if np.isnan(value) else f"{value:.{digits}f}"
