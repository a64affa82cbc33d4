"""Drawn people: scenes with exact joints, for examples, tests, lessons and training."""

from hrnet.scenes.pose import FAMILIES
from hrnet.scenes.scene import Scene, draw_scene
from hrnet.scenes.settings import SETTINGS

__all__ = ["FAMILIES", "SETTINGS", "Scene", "draw_scene"]
