"""A set as a COCO keypoint file, with what goes beyond COCO under names of its own."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from hrnet.data.coco import skeleton_of
from hrnet.data.pose_set import LabeledPerson, PhotoFile, PoseSet
from hrnet.data.problems import Problems
from hrnet.skeleton import COCO_17, Skeleton


def to_coco(poses: PoseSet, folder: Path | None = None) -> dict[str, object]:
    """The set as COCO keypoint JSON; unlabeled joints are 0, 0, 0. `read_coco` gives the same set back.

    COCO knows the names of joints and the lines between them. Where these do not tell the rest of the skeleton, the
    category has `flip_pairs`, a list of [left, right] by the names of joints, and with it `upper_body`, names of
    joints, and `sigmas` and `weights`, one number for each joint.

    Persons to ignore that are no crowd get num_keypoints 0: the published evaluation knows no other way to say so.
    Beyond COCO, where there are such: splits, sources, archives, confidences, heads (`bbox_head`, as PoseTrack18 has
    them), CrowdPose's crowdIndex, boxes that are not to be cut, and what is to be ignored.

    Args:
        folder: from where the names of photos are told, with ../ if need be; without it they are bare names, as in
            COCO.
    """
    images = [_image(photo, folder) for photo in poses.photos]
    annotations = []
    for person in poses.samples:
        keypoints = np.where(person.keypoints[:, 2:] > 0, person.keypoints, 0)
        annotations.append(
            {
                "id": person.id,
                "image_id": poses.photos[person.photo].id,
                "category_id": 1,
                "bbox": person.box.xywh.tolist(),
                "keypoints": [round(v, 2) for v in keypoints.ravel().tolist()],
                "num_keypoints": 0 if person.ignore and not person.crowd else person.labeled,
                "area": person.box.area if person.area is None else person.area,
                "iscrowd": int(person.crowd),
                **({"ignore": 1} if person.ignore and not person.crowd else {}),
                **({"bbox_head": person.head.xywh.tolist()} if person.head else {}),
                **({"uncut": 1} if person.uncut else {}),
                **({"confidence": [round(v, 4) for v in person.confidence.tolist()]} if _doubted(person) else {}),
            }
        )
    return {"images": images, "annotations": annotations, "categories": [_category(poses.skeleton)]}


def _category(skeleton: Skeleton) -> dict[str, object]:
    category = {
        "id": 1,
        "name": "person" if skeleton == COCO_17 else skeleton.name,
        "keypoints": list(skeleton.joints),
        "skeleton": [[a + 1, b + 1] for a, b in skeleton.limbs],
    }
    if skeleton_of({"categories": [category]}, Path(), Problems()) != skeleton:
        names = skeleton.joints
        category["flip_pairs"] = [[names[left], names[right]] for left, right in skeleton.flip_pairs]
        category["upper_body"] = [names[joint] for joint in skeleton.upper_body]
        category["sigmas"], category["weights"] = list(skeleton.sigmas), list(skeleton.weights)
    return category


def _image(photo: PhotoFile, folder: Path | None) -> dict[str, object]:
    path = photo.path.name if folder is None else Path(os.path.relpath(photo.path, folder)).as_posix()
    record: dict[str, object] = {"id": photo.id, "file_name": photo.member or path}
    if photo.member:
        record["shard"] = path
    if photo.size:
        record["height"], record["width"] = photo.size
    record |= {name: value for name in ("source", "split") if (value := getattr(photo, name))}
    if photo.crowding is not None:
        record["crowdIndex"] = photo.crowding
    if not photo.complete:
        record["maybe_unlabelled_people"] = True
    return record


def _doubted(person: LabeledPerson) -> bool:
    return not np.array_equal(person.confidence, person.keypoints[:, 2] > 0)
