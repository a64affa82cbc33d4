"""From what a user types to weights: names, files, run folders, and the list of everything that can be named."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import numpy as np

from hrnet.weights import checkpoint, store
from hrnet.weights.catalogue import Entry, embedded, guess, published
from hrnet.weights.checkpoint import Metadata
from hrnet.weights.convert import convert, read_checkpoint
from hrnet.weights.errors import WeightsError

BEST = "best.safetensors"  # of a run folder

# What "default" stands for: the name of a file in hrnet/weights/embedded.
DEFAULTS = {"pose": "pose", "finder": "finder", "trunk": "pose"}


def resolve(name_or_path: str | os.PathLike[str] = "default", *, role: str = "pose") -> Path | Entry:
    """What "default", an embedded or catalogue name, a file or a run folder stands for. Fetches nothing.

    Args:
        role: whose default is meant, "pose", "finder" or "trunk".
    Raises:
        WeightsError: there is nothing of that name; the message has the nearest names.
    """
    name, own = os.fspath(name_or_path), embedded()
    if name == "default":
        if DEFAULTS[role] not in own:
            raise WeightsError(
                f"this installation has no embedded {role} weights; name others: `python -m hrnet models` lists them"
            )
        return own[DEFAULTS[role]]
    if name in own:
        return own[name]
    if name in published():
        return published()[name]
    path = Path(name).expanduser()
    if path.is_file():
        return path
    if path.is_dir():
        if not (path / BEST).is_file():
            raise WeightsError(f"the folder {path} has no {BEST}; a run folder has one after its first validation")
        return path / BEST
    near = difflib.get_close_matches(name, [*own, *published()], n=3, cutoff=0.5)
    did_you_mean = f"; did you mean {' or '.join(near)}?" if near else ";"
    raise WeightsError(f"there are no weights {name!r}{did_you_mean} `python -m hrnet models` lists all names")


def load(
    name_or_path: str | os.PathLike[str] = "default",
    *,
    role: str = "pose",
    metadata: Metadata | None = None,
    progress: store.Progress | None = None,
) -> tuple[dict[str, np.ndarray], Metadata]:
    """Weights under the published names, and how their input must be prepared.

    Args:
        name_or_path: as in `resolve`; a catalogue entry is fetched if the machine does not have it.
        role: what they are for: "pose", "finder", or "trunk", a start for training, which a pose network can be too.
        metadata: what a file in a published layout wants, where its name does not say it; files of ours say it
            themselves and are believed.
        progress: see `store.fetch`.
    Returns:
        name -> float32 array, counters int64; a trunk has no final_layer.
    Raises:
        WeightsError: nothing of that name, not fetched, not readable, or not for that role.
    """
    found = resolve(name_or_path, role=role)
    if isinstance(found, Entry):
        _demand(role, found.metadata, found.name)
        path = store.fetch(found, progress=progress)
        metadata = metadata or found.metadata
    else:
        path = found
    if checkpoint.is_ours(path):
        tensors, metadata = checkpoint.load(path)
    else:
        tensors, metadata = _published_layout(path, metadata)
    _demand(role, metadata, path.name)
    return tensors, metadata


def rows() -> list[dict[str, str]]:
    """Everything that can be named: name, network, joints, size, figure, license, where (it is now)."""
    own = [_row(name, checkpoint.read_metadata(path), "embedded") for name, path in embedded().items()]
    return own + [_row(entry.name, entry.metadata, _where(entry)) for entry in published().values()]


def table() -> str:
    """`rows` as aligned text for a terminal."""
    lines = [{key: key for key in ("name", "network", "joints", "size", "where", "license", "figure")}, *rows()]
    widths = {key: max(len(line[key]) for line in lines) for key in lines[0]}
    return "\n".join("  ".join(line[key].ljust(widths[key]) for key in widths).rstrip() for line in lines)


def _published_layout(path: Path, metadata: Metadata | None) -> tuple[dict[str, np.ndarray], Metadata]:
    content = read_checkpoint(path)
    try:
        tensors, report = convert(content)
    except WeightsError as error:
        raise WeightsError(f"{path}: {error}") from None
    if metadata is None and report.joints is None:
        metadata = Metadata(role="trunk", spec=report.spec, provenance=f"not stated; read from {path.name}")
    metadata = metadata or guess(path.name, report.spec, report.joints)
    if metadata is None:
        raise WeightsError(
            f"{path} is a {report.spec.name} with {report.joints} heatmaps, but neither the file nor its name says its "
            "joints and input size; pass metadata=hrnet.weights.Metadata(...)"
        )
    arrays = {name: checkpoint.to_numpy(tensor) for name, tensor in tensors.items()}
    checkpoint.check({name: array.shape for name, array in arrays.items()}, metadata, path.name)
    return arrays, metadata


def _demand(role: str, metadata: Metadata, name: str) -> None:
    fits = {"pose": ("pose",), "finder": ("finder",), "trunk": ("pose", "trunk")}[role]
    if metadata.role not in fits:
        what = {
            "pose": "a pose network, which finds keypoints in given boxes; it goes to weights=",
            "finder": "a person finder; it goes to finder=",
            "trunk": "a network without a head; a training can begin from it, nothing can be predicted",
            "detector": "a torchvision detector; it goes to finder=, and torchvision opens it",
        }[metadata.role]
        raise WeightsError(f"{name} cannot serve as {role} weights: it is {what}")


def _row(name: str, metadata: Metadata, where: str) -> dict[str, str]:
    size = metadata.input_size
    return {
        "name": name,
        "network": metadata.spec.name if metadata.spec else metadata.role,
        "joints": metadata.skeleton.name if metadata.skeleton else "-",
        "size": f"{size[0]}x{size[1]}" if size else "-",
        "figure": "; ".join(map(str, metadata.figures)) or "-",
        "license": metadata.license or "-",
        "where": where,
    }


def _where(entry: Entry) -> str:
    path = store.find(entry)
    if path is not None:
        return "cached" if path.parent == store.home() / "weights" else "offline folder"
    return "to fetch" if entry.url else "by hand"
