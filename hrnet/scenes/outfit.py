"""What people look like and wear: skin, hair, clothes and shoes, drawn from small palettes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hrnet.scenes.body import Body
from hrnet.scenes.head import HATS, Face, HeadStyle
from hrnet.scenes.material import Checks, Color, Dots, Material, Open, Patch, Plain, Stripes, mix
from hrnet.scenes.place import pick
from hrnet.scenes.pose import Pose


def hex_color(text: str) -> Color:
    """ "#rrggbb" -> (red, green, blue)."""
    return tuple(float(int(text[i : i + 2], 16)) for i in (1, 3, 5))


# Ten steps from light to dark after the Monk Skin Tone Scale (Ellis Monk, 2019; skintone.google). Its two lightest and
# two darkest are moved a little toward the middle, so that light and shadow still show on them.
SKIN = tuple(
    hex_color(tone)
    for tone in (
        *("#f0d3bf", "#ecc8ae", "#e8c3a0", "#dcb28c", "#cf9f78"),
        *("#a9774f", "#8a5f43", "#6b4836", "#503629", "#3e2a22"),
    )
)
_HAIR_COLORS = tuple(
    map(hex_color, ("#1e1a1a", "#2c211c", "#3f2a1d", "#5a3a22", "#7a5230", "#b58a4e", "#d9b778", "#8f3f22"))
)
_GRAY_HAIR = tuple(map(hex_color, ("#8d8d90", "#c9c8c6", "#e6e4e0")))
_IRIS = tuple(map(hex_color, ("#4a2f1d", "#5b3d22", "#3f5d3a", "#3d6a8f", "#6b7f8c")))
_CLOTH = tuple(
    map(
        hex_color,
        (
            *("#e4572e", "#d1495b", "#f2a541", "#edae49", "#66a182", "#2e8b75", "#2e86ab", "#3a5a98"),
            *("#5b4b8a", "#8f4f9c", "#e58fb1", "#f5f1e6", "#e9e3d5", "#c9ccd3", "#8b9099", "#4d5561"),
            *("#2b2d33", "#7a2e3a", "#1f3a4d", "#96b8d0", "#b7d3b0", "#c9a26b", "#6f4e37", "#f7d6c4"),
        ),
    )
)
_TROUSERS = tuple(
    map(
        hex_color,
        ("#2f4a6d", "#3f5f8a", "#6587ad", "#2b2d33", "#43474f", "#77706a", "#b29b76", "#d8cdb8", "#5a6650", "#7a3b3b"),
    )
)
_SHOES = tuple(map(hex_color, ("#f4f3ef", "#2a2a2d", "#c84b3c", "#3b6ea5", "#7b5136", "#e0b53a", "#8a8f97", "#e58fb1")))


@dataclass(frozen=True)
class Outfit:
    """Everything about the look of a person that is not shape or pose.

    Args:
        sleeves: how much of the arm is covered: 0 none, .5 to above the elbow, 1 to the wrist.
        legs: the same for trousers; 0 where a skirt is worn.
        skirt: meters of cloth below the waist line, relative to the leg's length; 0 for none.
        loose: meters between cloth and body.
    """

    head: HeadStyle
    skin: Color
    top: Material
    sleeve: Material
    bottom: Material
    shoe: Color
    sole: Color
    sleeves: float
    legs: float
    skirt: float
    loose: float
    tucked: bool = False
    scoop: float = 0.0  # how deep the neckline is cut, as a fraction of the stature
    sock: Color | None = None
    sock_length: float = 0.3  # of the shank
    barefoot: bool = False


def _cloth(rng: np.random.Generator, palette: tuple[Color, ...], plain: float) -> Material:
    """A fabric of one color, with the chance `plain`, or striped, checked or dotted."""
    base = palette[rng.integers(len(palette))]
    other = palette[rng.integers(len(palette))]
    if np.abs(np.subtract(base, other)).sum() < 90:
        other = mix(base, (250, 248, 240) if sum(base) < 420 else (40, 44, 60), 0.75)
    if rng.random() < plain:
        return Plain(base)
    kind = rng.integers(4)
    if kind == 0:
        return Stripes(base, other, float(rng.uniform(0.03, 0.09)), share=float(rng.uniform(0.25, 0.5)))
    if kind == 1:
        return Stripes(base, other, float(rng.uniform(0.02, 0.05)), axis=0, share=0.3)
    if kind == 2:
        return Checks(base, other, float(rng.uniform(0.04, 0.09)))
    return Dots(base, other, float(rng.uniform(0.04, 0.09)))


def draw_body(rng: np.random.Generator) -> Body:
    """The proportions of a woman or a man or, one time in six, of a girl or a boy."""
    feminine, u = bool(rng.random() < 0.5), rng.uniform
    if rng.random() < 1 / 6:
        age = float(u(5, 14))
        # Stature grows about linearly in these years; the head is nearly grown, so it is large on a small body.
        stature, head = 0.80 + 0.058 * age, 1.42 - 0.025 * age
        return Body(stature, float(u(0.9, 1.1)), shoulders=0.95, head=head, feminine=feminine, child=True)
    build = float(np.clip(rng.normal(1.0, 0.12), 0.8, 1.4))
    if feminine:
        bust, stature = float(u(0.015, 0.035)), float(rng.normal(1.64, 0.065))
        return Body(stature, 0.93 * build, shoulders=0.92, hips=1.06, head=1.05, bust=bust, feminine=True)
    return Body(float(rng.normal(1.77, 0.07)), build, shoulders=1.05, hips=0.96, head=1.02)


def draw_outfit(rng: np.random.Generator, body: Body) -> Outfit:
    """Clothes that go together; every kind is worn by everybody, some more often by some."""
    feminine = body.feminine
    skin = SKIN[rng.integers(len(SKIN))]
    dark = sum(skin) < 330
    hair_colors = _GRAY_HAIR if rng.random() < 0.12 and not body.child else _HAIR_COLORS[:4] if dark else _HAIR_COLORS
    hair_color = hair_colors[rng.integers(len(hair_colors))]
    kinds = (
        ("short", "bob", "long", "bun", "tail", "afro") if feminine else (None, "buzz", "short", "long", "bun", "afro")
    )
    weights = (0.14, 0.22, 0.28, 0.12, 0.2, 0.04) if feminine else (0.08, 0.2, 0.56, 0.05, 0.04, 0.07)
    hair = kinds[rng.choice(len(kinds), p=weights)]
    bearded = not feminine and not body.child and rng.random() < 0.25
    if body.child and hair is None:
        hair = "short"
    face = Face(
        skin=skin,
        iris=_IRIS[rng.integers(2 if dark else len(_IRIS))],
        brow=mix(hair_color, (30, 22, 20), 0.35),
        lips=mix(skin, (190, 60, 70) if feminine else (150, 70, 66), 0.55 if feminine else 0.4),
        beard=hair_color if bearded else None,
        smile=float(rng.uniform(0.1, 1.3)),
    )
    head = HeadStyle(
        face,
        hair,
        hair_color,
        hat=HATS[rng.integers(len(HATS))] if rng.random() < 0.16 else None,
        hat_color=_CLOTH[rng.integers(len(_CLOTH))],
        glasses=bool(rng.random() < 0.12),
    )
    top = sleeve = _cloth(rng, _CLOTH, plain=0.5)
    if isinstance(top, Plain) and rng.random() < 0.4:
        mark = _CLOTH[rng.integers(len(_CLOTH))]
        top = Patch(top, mark, (0.0, float(rng.uniform(0.3, 0.36))), (0.08, 0.06), square=bool(rng.random() < 0.5))
    sleeves = float(rng.choice([0.0, 0.45, 0.5, 0.5, 1.0, 1.0]))
    scoop = float(rng.uniform(0.015, 0.05)) if sleeves < 1 and rng.random() < (0.6 if feminine else 0.2) else 0.0
    if sleeves == 1 and rng.random() < 0.45:  # an open jacket over another shirt
        cloth = Plain(pick(rng, (*_TROUSERS, *_CLOTH)))
        inner = _cloth(rng, _CLOTH, plain=0.7)
        top, sleeve = Open(cloth, inner, float(rng.uniform(0.02, 0.06)), mix(cloth.base, (20, 20, 20), 0.3)), cloth
    bottom = _cloth(rng, _TROUSERS, plain=0.85)
    skirt, legs = 0.0, float(rng.choice([1.0, 1.0, 0.5, 0.42, 0.62]))
    if feminine and rng.random() < 0.38:
        skirt, legs = float(rng.choice([0.38, 0.5, 0.75])), 0.0
        bottom = sleeve if rng.random() < 0.5 else _cloth(rng, _CLOTH, plain=0.5)  # a dress, or a skirt of its own
    return Outfit(
        head=head,
        skin=skin,
        top=top,
        sleeve=sleeve,
        bottom=bottom,
        shoe=_SHOES[rng.integers(len(_SHOES))],
        sole=(238, 236, 230) if rng.random() < 0.6 else (50, 46, 44),
        sleeves=sleeves,
        legs=legs,
        skirt=skirt,
        loose=float(rng.uniform(0.006, 0.02)),
        tucked=bool(rng.random() < 0.4),
        scoop=scoop,
        sock=pick(rng, ((240, 240, 238), (60, 62, 70), (200, 70, 60))) if rng.random() < 0.6 else None,
        sock_length=float(rng.choice([0.18, 0.3, 0.55])),
        barefoot=bool(rng.random() < 0.05),
    )


def fitting(outfit: Outfit, pose: Pose) -> Outfit:
    """The outfit that goes with a pose: shorts instead of a skirt for wide strides and high knees."""
    apart = max(abs(pose.leg_forward[0] - pose.leg_forward[1]), 1.5 * sum(pose.leg_side))
    if outfit.skirt > 0 and apart > (75 if outfit.skirt < 0.5 else 50) and not pose.seated:
        return replace(outfit, skirt=0.0, legs=0.42)
    return outfit
