"""Sets that people label: on disk, shared among people at work, and safe from whatever happens to the machine."""

from hrnet.sets.errors import Conflict, SetError
from hrnet.sets.label_set import LabelSet
from hrnet.sets.store import Sets
from hrnet.sets.things import Picture, Thing

__all__ = ["Conflict", "LabelSet", "Picture", "SetError", "Sets", "Thing"]
