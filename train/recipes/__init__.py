"""What can be trained by name: `python -m train NAME`; `python -m train --list` shows all of them."""

from collections.abc import Mapping

from train.recipes.people_pose import PeoplePose
from train.recipes.person_finder import PersonFinder
from train.recipes.recipe import Named

HOURS = "one GPU for minutes, or processor cores for hours"
CARD = "measured: hrnet/weights/MODELS.md"

RECIPES: Mapping[str, Named] = {
    "people_pose": Named(PeoplePose, "the embedded pose network: W16-small on photos and drawn people", HOURS, CARD),
    "person_finder": Named(PersonFinder, "the embedded person finder: a W16 trunk on the same photos", HOURS, CARD),
}
