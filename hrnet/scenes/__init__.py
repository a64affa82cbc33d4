"""Drawn people: scenes with exact joints, for examples, tests, lessons and training."""

from hrnet.scenes.backdrop import SETTINGS
from hrnet.scenes.pose import FAMILIES
from hrnet.scenes.scene import Scene, draw_scene

__all__ = ["FAMILIES", "SETTINGS", "Scene", "draw_scene"]
