"""What can be trained by name: `python -m train NAME`. One file per recipe."""

from train.recipes.people_pose import PeoplePose
from train.recipes.person_finder import PersonFinder

RECIPES = {"people_pose": PeoplePose, "person_finder": PersonFinder}
