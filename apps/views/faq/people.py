"""Whose joints these are: half a person, left and right, boxes of a detector, boxes by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from apps.views.faq import published
from apps.views.faq.parts import Answer, Table, close_up, moved, shot
from hrnet import draw
from hrnet.estimator import Ask
from hrnet.finder.center import iou
from hrnet.geometry import Affine, Box
from hrnet.metrics import rescore
from hrnet.person import Person

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.views.faq import Say
    from apps.views.faq.subject import Subject

EVERY_JOINT = -np.inf  # as a threshold
# Of the box's width and height: shifts to the right and downward, and growth on every side.
SHAKEN = ((0.05, 0.0, 0.0), (0.1, 0.0, 0.0), (0.2, 0.0, 0.0), (0.0, 0.0, 0.1), (0.0, 0.0, -0.1), (0.0, -0.2, 0.0))


def half_person(desk: Desk, subject: Subject, say: Say) -> Answer:
    """The photo cut below the middle of the person: what is said of the legs that are not there."""
    box, photo = subject.box, subject.photo
    waist = min(max(round(box.y + box.h / 2), 1), photo.shape[0])
    upper = photo[:waist]
    cut = Box(box.x, box.y, box.w, waist - box.y)
    keypoints = subject.predict(upper, [cut])[0]
    gone = subject.keypoints[:, 1] >= waist
    seen = keypoints[:, 2] > draw.VISIBLE
    view, to_view = close_up(upper, cut)
    someone = Person(moved(cut, to_view), to_view.apply(keypoints), 1.0)
    pictures = tuple(
        shot(
            desk,
            draw.people(view, [someone], subject.skeleton, threshold=least, labels=False),
            text,
            count=count,
            least=draw.VISIBLE,
        )
        for least, text, count in (
            (EVERY_JOINT, "half_person.every", len(keypoints)),
            (draw.VISIBLE, "half_person.sure", int(seen.sum())),
        )
    )
    order = np.argsort(-keypoints[:, 2]).tolist()
    words = {True: "faq.half_person.gone", False: "faq.half_person.there"}
    rows = tuple((subject.name(joint), float(keypoints[joint, 2]), words[bool(gone[joint])]) for joint in order)
    gone_mean, there_mean = (float(keypoints[some, 2].mean()) if some.any() else 0.0 for some in (gone, ~gone))
    values = {"joints": len(keypoints), "gone": int(gone.sum()), "drawn": int(seen.sum()), "least": draw.VISIBLE}
    values |= {"gone_drawn": int((seen & gone).sum()), "gone_mean": f"{gone_mean:.2f}", "mean": f"{there_mean:.2f}"}
    return Answer(values, pictures, (Table(("column.joint", "faq.peak", "faq.half_person.where"), rows, (0, 3, 0)),))


def sides(desk: Desk, subject: Subject, say: Say) -> Answer:
    """The mirrored photo: the network's left is the person's own, so names have to trade places on the way back."""
    width = subject.photo.shape[1]
    mirrored = subject.photo[:, ::-1]
    box = subject.box.mirrored(width)
    keypoints = subject.predict(mirrored, [box])[0]
    back = Affine.mirror(width).apply(keypoints)
    swapped = back[subject.skeleton.mirror]
    reference = np.column_stack([subject.predicted[:, :2], subject.keypoints[:, 2]])
    rows = tuple(
        (f"faq.sides.{name}", subject.distance(points, reference), subject.oks(points, reference))
        for name, points in (("unswapped", back), ("swapped", swapped))
    )
    view, to_view = close_up(subject.photo, subject.box)
    mirror_view, to_mirror = close_up(mirrored, box)
    skeleton = subject.skeleton
    plain = Person(moved(subject.box, to_view), to_view.apply(subject.predicted), 1.0)
    mirror = Person(moved(box, to_mirror), to_mirror.apply(keypoints), 1.0)
    least = draw.VISIBLE if (subject.predicted[:, 2] > draw.VISIBLE).any() else EVERY_JOINT
    pictures = (
        shot(desk, draw.people(view, [plain], skeleton, threshold=least, labels=False), "sides.plain"),
        shot(desk, draw.people(mirror_view, [mirror], skeleton, threshold=least, labels=False), "sides.mirror"),
    )
    values = {"unswapped": f"{rows[0][1]:.0f}", "swapped": f"{rows[1][1]:.1f}", "pairs": len(skeleton.flip_pairs)}
    values |= {"oks_unswapped": f"{rows[0][2]:.2f}", "oks_swapped": f"{rows[1][2]:.2f}"}
    return Answer(values, pictures, (Table(("faq.sides.names", "faq.apart_px", "faq.oks"), rows, (0, 1, 3)),))


def boxes(desk: Desk, subject: Subject, say: Say) -> Answer:
    """A box that is a little wrong: how far the joints move."""
    box = subject.box
    shaken = [
        Box(box.x + (x - more) * box.w, box.y + (y - more) * box.h, (1 + 2 * more) * box.w, (1 + 2 * more) * box.h)
        for x, y, more in SHAKEN
    ]
    reference = np.column_stack([subject.predicted[:, :2], subject.keypoints[:, 2]])
    rows = tuple(
        (
            f"faq.boxes.shake{number}",
            _iou(box, one),
            subject.distance(points, reference),
            subject.oks(points, reference),
        )
        for number, (one, points) in enumerate(zip(shaken, subject.predict(subject.photo, shaken), strict=True))
    )
    view, to_view = close_up(subject.photo, box)
    frames = [moved(one, to_view) for one in (box, shaken[1])]
    pictures = (shot(desk, draw.boxes(view, frames), "boxes.picture"),)
    values = {"least": f"{min(row[2] for row in rows):.1f}", "most": f"{max(row[2] for row in rows):.1f}"}
    values |= {"share": f"{100 * rows[1][2] / box.h:.1f}", "tenth": f"{rows[1][2]:.1f}"}
    return Answer(
        values, pictures, (Table(("faq.boxes.box", "faq.iou", "faq.apart_px", "faq.oks"), rows, (0, 2, 1, 3)),)
    )


def given_or_found(desk: Desk, subject: Subject, say: Say) -> Answer:
    """The same person from the box by hand, exact in an example, and from the finder's box; and what is published."""
    cited = (published.GIVEN_BOXES, published.FOUND_BOXES)
    photo = subject.photo
    found = desk.model.ask(lambda: Ask(photo), lambda estimator, photo, people: [one.box for one in people])
    if not subject.exact:
        return Answer({"found": len(found)}, published=cited, said="no_truth")
    matched = {box: max(found, key=lambda other: _iou(box, other), default=None) for box in subject.everybody}
    matched = {box: other for box, other in matched.items() if other is not None and _iou(box, other) >= 0.5}
    values = {"people": len(subject.everybody), "matched": len(matched), "found": len(found)}
    mine = matched.get(subject.box)
    if mine is None:
        return Answer(values, published=cited, said="missed")
    given, detected = subject.predict(photo, [subject.box, mine])
    rows = tuple(
        (f"faq.given_or_found.{name}", _iou(subject.box, box), subject.distance(points), subject.oks(points), score)
        for name, box, points, score in (
            ("given", subject.box, given, rescore(1.0, given[:, 2])),
            ("found", mine, detected, rescore(mine.score, detected[:, 2])),
        )
    )
    view, to_view = close_up(photo, subject.box)
    pictures = tuple(
        shot(
            desk,
            draw.people(
                view,
                [Person(moved(box, to_view), to_view.apply(points), row[4])],
                subject.skeleton,
                threshold=EVERY_JOINT,
                labels=False,
            ),
            f"given_or_found.picture_{name}",
            oks=f"{row[3]:.2f}",
        )
        for name, box, points, row in zip(("given", "found"), (subject.box, mine), (given, detected), rows, strict=True)
    )
    values |= {"iou": f"{rows[1][1]:.2f}", "oks_given": f"{rows[0][3]:.2f}", "oks_found": f"{rows[1][3]:.2f}"}
    columns = ("faq.boxes.box", "faq.iou", "faq.off_px", "faq.oks", "column.score")
    return Answer(values, pictures, (Table(columns, rows, (0, 2, 1, 3, 2)),), published=cited)


def _iou(one: Box, other: Box) -> float:
    corners = [np.array([box.x, box.y, box.x + box.w, box.y + box.h]) for box in (one, other)]
    return float(iou(corners[0], corners[1][None])[0])
