"""Which joints there are, which of them are a left and right pair, and how they are connected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

Pairs = tuple[tuple[int, int], ...]

# Used for a joint that no annotator study has measured: the mean of COCO's seventeen.
DEFAULT_SIGMA = 0.067


@dataclass(frozen=True)
class Skeleton:
    """A set of K joints. All indices are 0-based places in `joints`.

    Raises:
        ValueError: a name appears twice, an index does not exist, or sigmas do not have one value per joint.
    """

    name: str
    joints: tuple[str, ...]
    limbs: Pairs = ()  # (from, to), drawn as lines
    flip_pairs: Pairs = ()  # (left, right): they trade places in a mirror
    upper_body: tuple[int, ...] = ()  # half-body augmentation; every joint that is not upper counts as lower
    sigmas: tuple[float, ...] = ()  # spread of annotators relative to the person's size, for OKS
    weights: tuple[float, ...] = ()  # loss weights per joint; empty means 1 everywhere
    _index: Mapping[str, int] = field(init=False, repr=False, compare=False, hash=False, default_factory=dict)

    def __post_init__(self) -> None:
        count = len(self.joints)
        if count == 0 or len(set(self.joints)) != count:
            raise ValueError(f"skeleton {self.name!r} needs joints with different names, got {list(self.joints)}")
        used = {i for pair in (*self.limbs, *self.flip_pairs) for i in pair} | set(self.upper_body)
        wrong = sorted(i for i in used if not 0 <= i < count)
        if wrong:
            raise ValueError(f"skeleton {self.name!r} has joints 0 to {count - 1}; there is no joint {wrong[0]}")
        for label, values in (("sigmas", self.sigmas), ("weights", self.weights)):
            if values and len(values) != count:
                raise ValueError(f"skeleton {self.name!r} needs {count} {label}, one per joint, got {len(values)}")
        paired = [i for pair in self.flip_pairs for i in pair]
        if len(set(paired)) != len(paired):
            raise ValueError(f"skeleton {self.name!r} has a joint in two flip pairs: {self.flip_pairs}")
        if not self.sigmas:
            object.__setattr__(self, "sigmas", (DEFAULT_SIGMA,) * count)
        if not self.weights:
            object.__setattr__(self, "weights", (1.0,) * count)
        self._index.update({joint: i for i, joint in enumerate(self.joints)})

    def __len__(self) -> int:
        return len(self.joints)

    def index(self, joint: str) -> int:
        """The place of a joint by its name.

        Raises:
            KeyError: there is no such joint; the message lists the names.
        """
        if joint not in self._index:
            raise KeyError(f"{self.name} has no joint {joint!r}; its joints are {', '.join(self.joints)}")
        return self._index[joint]

    @cached_property
    def mirror(self) -> np.ndarray:
        """(K,) the joint that stands in each place after a mirror; applying it twice changes nothing."""
        order = np.arange(len(self))
        for left, right in self.flip_pairs:
            order[[left, right]] = order[[right, left]]
        order.flags.writeable = False  # shared by everybody who asks
        return order

    @cached_property
    def sides(self) -> tuple[str, ...]:
        """ "left", "right" or "middle" for each joint: the person's own side, not the picture's."""
        sides = ["middle"] * len(self)
        for left, right in self.flip_pairs:
            sides[left], sides[right] = "left", "right"
        return tuple(sides)

    @cached_property
    def lower_body(self) -> tuple[int, ...]:
        upper = set(self.upper_body)
        return tuple(i for i in range(len(self)) if i not in upper)

    @classmethod
    def of(cls, joints: Sequence[str], *, name: str = "custom", limbs: Sequence[Sequence[int]] = ()) -> Skeleton:
        """A skeleton from names alone: pairs are read from `left`/`right` (or `l`/`r`) in the names."""
        joints = tuple(joints)
        places = {joint.lower(): i for i, joint in enumerate(joints)}
        pairs = []
        for joint, i in places.items():
            other = _other_side(joint)
            if other in places:
                pairs.append((i, places[other]))
        return cls(name, joints, limbs=tuple((int(a), int(b)) for a, b in limbs), flip_pairs=tuple(pairs))

    def to_dict(self) -> dict[str, object]:
        """Plain values that JSON can carry; `Skeleton.from_dict` reads them back."""
        return {
            "name": self.name,
            "joints": list(self.joints),
            "limbs": [list(pair) for pair in self.limbs],
            "flip_pairs": [list(pair) for pair in self.flip_pairs],
            "upper_body": list(self.upper_body),
            "sigmas": list(self.sigmas),
            "weights": list(self.weights),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> Skeleton:
        """The inverse of `to_dict`.

        Raises:
            ValueError: a key is missing or its value does not describe a skeleton.
        """
        try:
            return cls(
                name=str(values["name"]),
                joints=tuple(values["joints"]),
                limbs=tuple((int(a), int(b)) for a, b in values["limbs"]),
                flip_pairs=tuple((int(a), int(b)) for a, b in values["flip_pairs"]),
                upper_body=tuple(int(i) for i in values["upper_body"]),
                sigmas=tuple(float(s) for s in values["sigmas"]),
                weights=tuple(float(w) for w in values["weights"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a skeleton: {error} in {dict(values)}") from error


def _other_side(joint: str) -> str | None:
    """The name of the right partner of a left joint, by the ways people write it; None for any other joint."""
    for left, right in (("left", "right"), ("l_", "r_"), ("l.", "r."), ("l-", "r-")):
        if joint.startswith(left):
            return right + joint[len(left) :]
    for left, right in (("left", "right"), ("_l", "_r"), (".l", ".r"), ("-l", "-r")):
        if joint.endswith(left):
            return joint[: -len(left)] + right
    return None


def _limbs(text: str) -> Pairs:
    """Limbs from the short form "15-13 13-11"."""
    return tuple((int(a), int(b)) for a, b in (pair.split("-") for pair in text.split()))


# Joint orders, pairs, limbs: configs/_base_/datasets/{coco,mpii,crowdpose,ap10k}.py of open-mmlab/mmpose.
# COCO's sigmas: pycocotools, cocoeval.py; its joint weights: coco.py of leoxiaobin/deep-high-resolution-net.pytorch.
_BOTH = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")

COCO_17 = Skeleton(
    name="coco-17",
    joints=("nose", *(f"{side}_{part}" for part in ("eye", "ear", *_BOTH) for side in ("left", "right"))),
    limbs=_limbs("15-13 13-11 16-14 14-12 11-12 5-11 6-12 5-6 5-7 6-8 7-9 8-10 1-2 0-1 0-2 1-3 2-4 3-5 4-6"),
    flip_pairs=_limbs("1-2 3-4 5-6 7-8 9-10 11-12 13-14 15-16"),
    upper_body=tuple(range(11)),
    # divided as pycocotools divides them: .26 / 10 is not .026 in its last bit
    sigmas=tuple(
        sigma / 10
        for sigma in (0.26, *(s for s in (0.25, 0.35, 0.79, 0.72, 0.62, 1.07, 0.87, 0.89) for _ in ("left", "right")))
    ),
    weights=(1, 1, 1, 1, 1, 1, 1, 1.2, 1.2, 1.5, 1.5, 1, 1, 1.2, 1.2, 1.5, 1.5),
)

MPII_16 = Skeleton(
    name="mpii-16",
    joints=(
        *("right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle"),
        *("pelvis", "thorax", "upper_neck", "head_top"),
        *("right_wrist", "right_elbow", "right_shoulder", "left_shoulder", "left_elbow", "left_wrist"),
    ),
    limbs=_limbs("0-1 1-2 2-6 6-3 3-4 4-5 6-7 7-8 8-9 8-12 12-11 11-10 8-13 13-14 14-15"),
    flip_pairs=_limbs("5-0 4-1 3-2 15-10 14-11 13-12"),
    upper_body=tuple(range(7, 16)),
    sigmas=(  # mmpose's; MPII itself is judged by PCKh
        *(0.089, 0.083, 0.107, 0.107, 0.083, 0.089, 0.026, 0.026, 0.026, 0.026),
        *(0.062, 0.072, 0.179, 0.179, 0.072, 0.062),
    ),
    weights=(1.5, 1.2, 1, 1, 1.2, 1.5, 1, 1, 1, 1, 1.5, 1.2, 1, 1, 1.2, 1.5),
)

CROWDPOSE_14 = Skeleton(
    name="crowdpose-14",
    joints=(*(f"{side}_{part}" for part in _BOTH for side in ("left", "right")), "top_head", "neck"),
    limbs=_limbs("10-8 8-6 11-9 9-7 6-7 0-6 1-7 0-1 0-2 1-3 2-4 3-5 12-13 1-13 0-13"),
    flip_pairs=_limbs("0-1 2-3 4-5 6-7 8-9 10-11"),
    upper_body=(0, 1, 2, 3, 4, 5, 12, 13),
    sigmas=tuple(s / 10 for s in (0.79, 0.72, 0.62, 1.07, 0.87, 0.89, 0.79) for _ in ("left", "right")),
    weights=(0.2, 0.2, 0.2, 1.3, 1.5, 0.2, 1.3, 1.5, 0.2, 0.2, 0.5, 0.2, 0.2, 0.5),
)

AP10K_17 = Skeleton(
    name="ap10k-17",
    joints=(
        *("left_eye", "right_eye", "nose", "neck", "root_of_tail"),
        *("left_shoulder", "left_elbow", "left_front_paw", "right_shoulder", "right_elbow", "right_front_paw"),
        *("left_hip", "left_knee", "left_back_paw", "right_hip", "right_knee", "right_back_paw"),
    ),
    limbs=_limbs("0-1 0-2 1-2 2-3 3-4 3-5 5-6 6-7 3-8 8-9 9-10 4-11 11-12 12-13 4-14 14-15 15-16"),
    flip_pairs=_limbs("0-1 5-8 6-9 7-10 11-14 12-15 13-16"),
    # mmpose files the right front paw (10) under "lower", which looks like a slip; both front paws are upper here.
    upper_body=(0, 1, 2, 3, 5, 6, 7, 8, 9, 10),
    sigmas=(
        *(0.025, 0.025, 0.026, 0.035, 0.035, 0.079, 0.072, 0.062, 0.079, 0.072, 0.062),
        *(0.107, 0.087, 0.089, 0.107, 0.087, 0.089),
    ),
)

SKELETONS: dict[str, Skeleton] = {s.name: s for s in (COCO_17, MPII_16, CROWDPOSE_14, AP10K_17)}
