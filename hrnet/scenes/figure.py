"""One drawn person: a posed body dressed in an outfit, as meshes, and its joints in the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hrnet.scenes.body import ANKLE, HAND, HEAD, SIDES, Body, Posed, posed
from hrnet.scenes.head import EAR, EYE, NOSE, head_meshes, on_face
from hrnet.scenes.limbs import SHOE, arm, leg
from hrnet.scenes.material import Plain
from hrnet.scenes.mesh import Mesh
from hrnet.scenes.outfit import Outfit
from hrnet.scenes.pose import Pose
from hrnet.scenes.trunk import skirt, trunk_meshes


@dataclass(frozen=True)
class Joint:
    """A place of the body, and what of its own person may lie in front of it while it still counts as seen."""

    point: np.ndarray  # (3,) world
    cover: float  # meters of flesh and cloth
    parts: tuple[str, ...]  # of the body, as meshes name theirs: a hand before the hip hides it, the belly does not


@dataclass(frozen=True)
class Figure:
    """A person in the world: what is drawn of them, and where their joints are, by the names of `joints.JOINTS`."""

    meshes: list[Mesh]
    joints: dict[str, Joint]
    seat: np.ndarray | None  # (3,) the place under the thighs of somebody who sits
    chest: tuple[np.ndarray, np.ndarray]  # (3, 3) the chest's axes and (3,) its place: a backpack hangs there

    @property
    def middle(self) -> np.ndarray:
        """(3,) the place between the hips."""
        return self.joints["pelvis"].point

    def moved(self, shift: np.ndarray) -> Figure:
        return Figure(
            [mesh.moved(shift) for mesh in self.meshes],
            {name: replace(joint, point=joint.point + shift) for name, joint in self.joints.items()},
            None if self.seat is None else self.seat + shift,
            (self.chest[0], self.chest[1] + shift),
        )


def make_figure(body: Body, pose: Pose, outfit: Outfit, *, facing: float, owner: int) -> Figure:
    """A person whose lowest point is `pose.lift` meters above the ground, with the hips above the world's origin.

    Args:
        facing: degrees about the vertical; 0 looks along +z, at a camera in front of them, 90 toward +x.
        owner: the number of the person in the scene.
    """
    skeleton = posed(body, pose, facing)
    skin = Plain(outfit.skin, 0.10)
    tucked = outfit.tucked or outfit.skirt > 0 or max(abs(angle - pose.pitch) for angle in pose.leg_forward) > 22
    meshes = _tagged("trunk", trunk_meshes(body, skeleton, outfit, tucked, skin, owner))
    for i, side in enumerate(SIDES):
        meshes += _tagged(f"{side}_arm", arm(body, skeleton, outfit, side, skin, owner, pose.grip[i]))
        meshes += _tagged(f"{side}_leg", leg(body, skeleton, outfit, side, skin, owner))
    if outfit.skirt > 0:
        meshes += _tagged("trunk", [skirt(body, skeleton, outfit, owner)])
    meshes += _tagged("head", head_meshes(skeleton, _head_size(body), outfit.head, owner))
    lowest = min(float(mesh.points[:, 1].min()) for mesh in meshes)
    thighs = skeleton.at("pelvis", 0, -body.thick(0.058), 0) if pose.seated else None
    chest = (skeleton.frames["chest"], skeleton.points["chest"])
    return Figure(meshes, _joints(body, skeleton), thighs, chest).moved(np.array([0, pose.lift - lowest, 0]))


def _tagged(part: str, meshes: Sequence[Mesh]) -> list[Mesh]:
    return [replace(mesh, part=part) for mesh in meshes]


def _head_size(body: Body) -> float:
    """Half the height of the head in meters: the unit of the head's frame."""
    return body.of(HEAD) * body.head / 2


# How much of the body lies in front of a joint that a person who labels would still call visible, as fractions of the
# stature, and which parts besides the joint's own limb. Hips and shoulders are seen until the trunk turns sideways.
_COVER: dict[str, tuple[float, tuple[str, ...]]] = {
    "shoulder": (0.062, ("trunk", "arm")),
    "elbow": (0.030, ("arm",)),
    "wrist": (0.020, ("arm",)),
    "hip": (0.105, ("trunk", "leg")),
    "knee": (0.042, ("leg", "trunk")),
    "ankle": (0.030, ("leg", "trunk")),
}
_CLOTH = 0.03  # meters of cloth that do not hide a joint


def _joints(body: Body, skeleton: Posed) -> dict[str, Joint]:
    """Every joint that a skeleton may ask for, in the world."""
    of, size, points = body.of, _head_size(body), skeleton.points
    face, middle = ("head",), ("trunk", "head")

    def head(x: float, y: float, z: float) -> np.ndarray:
        return skeleton.at("head", x * size, y * size, z * size)

    joints = {
        "nose": Joint(head(NOSE[0], NOSE[1], NOSE[2] - 0.02), 0.02, face),
        "head_top": Joint(head(0, 0.93, -0.05), 0.09, face),
        "upper_neck": Joint(points["upper_neck"], of(0.050), middle),
        "neck": Joint(points["neck"], of(0.055) + _CLOTH, middle),
        "thorax": Joint(skeleton.at("chest", 0, of(0.115), 0), of(0.062) + _CLOTH, middle),
        "pelvis": Joint(points["pelvis"], of(0.090) + _CLOTH, ("trunk", "left_leg", "right_leg")),
    }
    hand, toes = of(HAND), float(SHOE[-1, 0])
    soles = {"heel": (0.0, -0.036), "big_toe": (-0.010, toes - 0.014), "small_toe": (0.018, 0.088)}
    for i, side in enumerate(SIDES):
        s = 1 - 2 * i
        joints[f"{side}_eye"] = Joint(head(*on_face(s * EYE[0], EYE[1])), 0.012, face)
        joints[f"{side}_ear"] = Joint(head(s * (EAR[0] + 0.02), EAR[1], EAR[2] + 0.02), 0.016, face)
        joints[f"{side}_hand"] = Joint(skeleton.at(f"{side}_hand", 0, -0.40 * hand, 0), 0.03, (f"{side}_arm",))
        for part, (across, along) in soles.items():
            point = skeleton.at(f"{side}_foot", s * of(across), of(0.012 - ANKLE), of(along))
            joints[f"{side}_{part}"] = Joint(point, of(0.02) + 0.02, (f"{side}_leg",))
        for part, (depth, before) in _COVER.items():
            parts = tuple(name if name == "trunk" else f"{side}_{name}" for name in before)
            cover = of(depth) * (0.4 + 0.6 * body.build) + _CLOTH
            joints[f"{side}_{part}"] = Joint(points[f"{side}_{part}"], cover, parts)
    return joints
