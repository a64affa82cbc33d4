"""What each toy of `lessons.toys` needs from Python: what the hand cannot wait for is computed in the browser."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from apps.views.inside.atlas import gray, signed_span, tiled
from apps.views.inside.fusion import change, terms_of
from apps.views.inside.wiring import STRIDES, edge_kind
from apps.views.lesson.scene import Shot
from hrnet import heatmap, metrics
from hrnet.geometry import OFFICIAL, PADDING, Affine, Box, crop_affine, padded_sides
from hrnet.heatmap.targets import KINDS
from hrnet.metrics.coco import CROWDPOSE_AREA, THRESHOLDS
from hrnet.show import Sheet
from hrnet.skeleton import COCO_17
from hrnet.training.look import NEAR
from lessons.toys import INSIDE, PUBLISHED, SIGMA, UPPER, asked_and_answered, carried, labels_and_pose

Show = Callable[[np.ndarray, str], str]  # pixels and their kind -> the address of the picture

DIGITS = 4  # of numbers that are sent to be read


def crop(shot: Shot, show: Show) -> dict[str, Any]:
    """What the network answers for the learner's box, and what it sees of the photo.

    `padded`: [x, y, width, height] of what it sees; `matrix`: 2x3, photo -> crop pixels; `joints`: [x, y, score] in
    photo pixels, or None where the crop is not the one that this network reads; `score`: their mean; `moved`: how far
    they are on average from those of the finder's own box, in photo pixels.
    """
    state, box = shot.state, shot.box
    if not box.touches(shot.size):
        raise ValueError("the box lies outside of the photo; draw it around the person")
    size = shot.input_size
    padding, stretch = state["padding"] / PADDING, state["fit"] == "stretch"
    w, h = padded_sides(box, size, padding, stretch=stretch)
    x, y = box.center
    seen = {"padded": [x - w / 2, y - h / 2, w, h], "joints": None, "score": None, "moved": None}
    if size == shot.metadata.input_size and not stretch:
        # the padding multiplies both sides of the grown box, so a box as much larger is grown to the same crop
        larger = Box(x - box.w * padding / 2, y - box.h * padding / 2, box.w * padding, box.h * padding)
        keypoints, own = shot.answers([larger, shot.person])
        seen["joints"] = keypoints.tolist()
        seen["score"] = float(keypoints[:, 2].mean())
        seen["moved"] = float(np.hypot(*(keypoints - own)[:, :2].T).mean())
    affine = crop_affine(box, size, replace(shot.metadata.rule, stretch=stretch), scale=padding)
    return {"state": state, "size": size, "matrix": affine.matrix.tolist(), **seen}


def published(shot: Shot, show: Show) -> tuple[Affine, np.ndarray, dict[str, Any]]:
    """The published crop of the person: photo -> crop; the network's joints in it, [x, y, score]; and what is told."""
    affine = crop_affine(shot.person, PUBLISHED, OFFICIAL)
    keypoints = affine.apply(shot.keypoints(shot.person))
    crop = show(affine.warp(shot.photo, PUBLISHED), "jpeg")
    return affine, keypoints, {"state": shot.state, "crop": crop, "size": PUBLISHED, "joints": keypoints.tolist()}


def joints(shot: Shot, show: Show) -> dict[str, Any]:
    """The published crop of the person, the joints in it, the target of the one that is moved, and the 17 answers.

    `crop`: its address; `joints`: [x, y, score] in crop pixels; `target`: what Python says of the moved joint: `peak`,
    `sum`, `weight` and `decoded` [x, y] in crop pixels, for the browser to be held to; `maps`: the network's own.
    """
    state = shot.state
    _, _, told = published(shot, show)
    target, weights = heatmap.encode(np.array([[*state["point"], 1.0]]), PUBLISHED, state["sigma"], state["kind"])
    found = heatmap.decode(target[None], state["decoder"])[0]
    back = KINDS[state["kind"]].rule.heatmap_to_crop(PUBLISHED, target.shape[1:]).apply(found[:, :2])[0]
    maps = shot.heatmaps()
    limits = (min(0.0, float(maps.min())), max(1.0, float(maps.max())))
    return {
        **told,
        "target": {
            "peak": float(target.max()),
            "sum": float(target.sum()),
            "weight": float(weights[0]),
            "decoded": back.tolist(),
        },
        "maps": tiled(maps, limits, show, columns=6),
    }


def mirror(shot: Shot, show: Show) -> dict[str, Any]:
    """The published crop of the person with its joints as labels, the labels in its mirror image, and both answers.

    `crop`: its address; `joints`: [x, y, score] in crop pixels; `order`: the joint whose place each takes in a mirror;
    `carried`: [x, y] of the labels in the mirror image as the settings say, for the browser to be held to; `maps`: of
    the chosen joint, the network's answer to its own crop, that to the mirrored one turned back, and their mean.

    Raises:
        ValueError: the network has other joints than COCO's.
    """
    only_coco(shot)
    state, joint = shot.state, int(shot.state["joint"])
    _, labels, told = published(shot, show)
    own, mirrored = shot.both_heatmaps()
    back = heatmap.flip_back(mirrored[None], COCO_17, shot.metadata.rule.flip_shift)[0]
    if state["names"] == "kept":
        back = back[COCO_17.mirror]
    maps = np.stack([own[joint], back[joint], (own[joint] + back[joint]) / 2])
    limits = (min(0.0, float(maps.min())), max(1.0, float(maps.max())))
    return {
        **told,
        "order": COCO_17.mirror.tolist(),
        "carried": carried(labels[:, :2], state).tolist(),
        "maps": tiled(maps, limits, show, columns=len(maps)),
    }


def loss(shot: Shot, show: Show) -> dict[str, Any]:
    """The published crop of the person, the joint in it, and what the answer costs that the hand made.

    `crop`: its address; `joints`: [x, y, score] in crop pixels; `sigma`, `inside`: of the blobs, in heatmap pixels;
    `cost`: by the loss that networks are trained with, weight 1, for the browser to be held to.

    Raises:
        ValueError: the network has other joints than COCO's.
    """
    from torch import ones, tensor  # a second that only this lesson needs

    from hrnet.training.loss import joint_mse

    only_coco(shot)
    _, keypoints, told = published(shot, show)
    target, answer = asked_and_answered(keypoints[int(shot.state["joint"]), :2], shot.state)
    cost = joint_mse(tensor(np.float32(answer))[None, None], tensor(np.float32(target))[None, None], ones(1, 1))
    return {**told, "sigma": SIGMA, "inside": INSIDE, "cost": float(cost)}


def measure(shot: Shot, show: Show) -> dict[str, Any]:
    """The published crop of the person with the joints that count as labels, and what the moved pose is worth.

    `crop`: its address; `joints`: [x, y, score] in crop pixels; `unit`: root of the person's area in crop pixels;
    `sigmas`, `thresholds`: those of the library; `near`: the share of PCK; `upper`: how many joints come before the
    hips; `oks`: what Python says of the pose as it was moved, for the browser to be held to.

    Raises:
        ValueError: the network has other joints than COCO's.
    """
    only_coco(shot)
    state, person = shot.state, shot.person
    affine, _, told = published(shot, show)
    labels, pose = labels_and_pose(state)
    return {
        **told,
        "unit": math.sqrt(CROWDPOSE_AREA * person.area * abs(np.linalg.det(affine.matrix[:, :2]))),
        "sigmas": COCO_17.sigmas,
        "thresholds": THRESHOLDS.tolist(),
        "near": NEAR,
        "upper": UPPER,
        "oks": float(metrics.oks(labels, pose[None], state["person_size"] ** 2, COCO_17.sigmas)[0]),
    }


def only_coco(shot: Shot) -> None:
    """Raises ValueError where the network has other joints."""
    if shot.joints != COCO_17.joints:
        raise ValueError(
            f"this lesson is about the 17 joints of COCO; the network in use here has {len(shot.joints)} others"
        )


def branches(shot: Shot, show: Show) -> dict[str, Any]:
    """One exchange unit: what goes in, what comes out, and what is cut; the terms of one sum; and the answer.

    `rows`, `outs`: for each branch its `place`, `shape`, `stride`, the thumbnail of the mean of its channels as a
    rectangle in `picture`, with its `limits`; for an out also whether it `changed`. `edges`: what can be muted.
    `terms`: of one target and channel, every edge's map, the sum and what leaves, as `tiled` and as `numbers`.
    `answer`: as `apps.views.inside.fusion.change`, and the `crop` with its joints before and after.
    """
    state = shot.state
    unit = shot.named(state["unit"])
    whole, run = shot.run(()), shot.run(state["cut"])
    ins = [name for name in run.seen if name.startswith(f"{unit}.branch")]
    outs = [name for name in run.seen if name.startswith(f"{unit}.out.")]
    picture, drawn = _thumbnails([run.seen[name].mean(axis=0) for name in (*ins, *outs)], show)
    rows = [
        {"place": name, "shape": list(run.seen[name].shape), "stride": STRIDES[i % len(ins)], **drawn[i]}
        for i, name in enumerate((*ins, *outs))
    ]
    for row in rows[len(ins) :]:
        row["changed"] = not np.array_equal(run.seen[row["place"]], whole.seen[row["place"]])
    target = min(int(state["target"]), len(outs) - 1)
    answer = change(shot.runs, run, whole, show)
    for name in ("before", "after"):
        answer[name] = run.affine.apply(np.array(answer[name])).tolist()  # in crop pixels, for drawing over it
    return {
        "state": state,
        "unit": unit,
        "picture": picture,
        "rows": rows[: len(ins)],
        "outs": rows[len(ins) :],
        "edges": [
            {"edge": name, "source": s, "target": t, "kind": edge_kind(s, t), "cut": _is_cut(run.cut, unit, name, s)}
            for name, s, t in _edges(run.seen, unit)
        ],
        "terms": _terms(run, unit, target, int(state["channel"]), show),
        "answer": {"crop": show(run.crop, "jpeg"), "size": run.crop.shape[:2], **answer},
    }


def _edges(seen: dict[str, np.ndarray], unit: str) -> list[tuple[str, int, int]]:
    names = [name for name in seen if name.startswith(f"{unit}.edge.")]
    return [(name, *map(int, name.rpartition(".")[2].split("-"))) for name in names]


def _is_cut(cut: frozenset[str], unit: str, edge: str, source: int) -> bool:
    return bool({unit, edge, f"{unit}.branch{source}"} & cut)


def _thumbnails(maps: list[np.ndarray], show: Show) -> tuple[str, list[dict[str, Any]]]:
    """Maps of several sizes in one picture of gray steps; each with its rectangle [x, y, w, h] and its limits."""
    canvas = np.zeros((max(len(one) for one in maps), sum(one.shape[1] for one in maps)), np.uint8)
    drawn, x = [], 0
    for one in maps:
        (h, w), sheet = one.shape, Sheet.of(one[None])
        canvas[:h, x : x + w] = sheet.steps[0]
        drawn.append({"rectangle": [x, 0, w, h], "limits": list(sheet.limits[0])})
        x += w
    return show(gray(canvas), "png"), drawn


def _terms(run: Any, unit: str, target: int, channel: int, show: Show) -> dict[str, Any]:
    """The terms of one channel's sum, the sum and what leaves, as a picture and as numbers (maps, h, w)."""
    edges, terms, total = terms_of(run, unit, target)
    out = run.seen[f"{unit}.out.{target}"]
    channel = min(channel, len(out) - 1)
    maps = np.concatenate([terms, total[None], out[None]])[:, channel]
    return {
        "target": target,
        "channel": channel,
        "channels": len(out),
        "edges": edges,
        "numbers": maps.round(DIGITS).tolist(),
        **tiled(maps, signed_span([maps]), show, columns=len(maps)),
    }


SHOWS: dict[str, Callable[[Shot, Show], dict[str, Any]]] = {
    "crop": crop,
    "mirror": mirror,
    "heatmap": joints,
    "branches": branches,
    "loss": loss,
    "measure": measure,
}
