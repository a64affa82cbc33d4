"""The example pictures of the apps: fixed seeds that came out well."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hrnet.geometry import Size
from hrnet.scenes.scene import Scene, draw_scene

SIZE: Size = (600, 800)

# What `draw_scene` is called with. A change to how scenes are drawn changes these pictures: look at them again then.
EXAMPLES: Mapping[str, Mapping[str, object]] = {
    "beach": {"seed": 51, "people": 1, "setting": "beach", "poses": ("jump", "balance", "arms out")},
    "friends": {
        "seed": 10,
        "people": 4,
        "setting": "park",
        "poses": ("stand", "wave", "hands on hips", "arms up", "hand on hip"),
    },
    "street": {"seed": 29, "people": 5, "setting": "street", "poses": ("walk", "walk", "phone", "stand", "point")},
    "match": {"seed": 42, "people": 3, "setting": "field", "poses": ("run", "kick", "throw", "run")},
    "room": {"seed": 33, "people": 3, "setting": "room", "poses": ("sit", "sit", "phone", "stand")},
    "gym": {"seed": 15, "people": 2, "setting": "gym", "poses": ("balance", "lunge", "squat")},
}


def example(name: str) -> Scene:
    """One of the example pictures, always the same.

    Raises:
        KeyError: there is no such example; the message lists the names.
    """
    if name not in EXAMPLES:
        raise KeyError(f"there is no example {name!r}; choose one of {', '.join(EXAMPLES)}")
    recipe = dict(EXAMPLES[name])
    return draw_scene(np.random.default_rng(recipe.pop("seed")), SIZE, clean=True, **recipe)
