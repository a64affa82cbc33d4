"""Drawn people: scenes with exact joints, for examples, tests, lessons and training.

scene = draw_scene(np.random.default_rng(7), size=(480, 640), people=2)
scene.photo, scene.boxes, scene.keypoints
"""

from hrnet.scenes.families import FAMILIES
from hrnet.scenes.gallery import EXAMPLES, example
from hrnet.scenes.labeled import draw_set
from hrnet.scenes.scene import Scene, draw_scene
from hrnet.scenes.settings import SETTINGS

__all__ = ["EXAMPLES", "FAMILIES", "SETTINGS", "Scene", "draw_scene", "draw_set", "example"]
