"""Settings in YAML, as YOLO and DeepLabCut keep them. Nothing in them is ever built or run: only plain values."""

from __future__ import annotations

from types import ModuleType

from hrnet.data.importers.content import LabelFile

MAX_SETTINGS = 2**20  # bytes; those of the largest projects have a few thousand


def is_settings(file: LabelFile, *keys: str) -> bool:
    """Whether a file is YAML with these keys, by its beginning only."""
    if file.is_json or file.is_xml or file.is_hdf5:
        return False
    lines = {line.partition(":")[0].strip() for line in file.text.splitlines()} if _is_short(file) else set()
    return set(keys) <= lines


def _is_short(file: LabelFile) -> bool:
    return file.path.suffix.lower() in (".yaml", ".yml") and file.path.stat().st_size <= MAX_SETTINGS


def read_settings(file: LabelFile) -> dict[str, object]:
    """The values of a YAML file.

    Raises:
        ValueError: PyYAML is missing, or it is not YAML with keys and values; one line.
    """
    try:
        import yaml
    except ImportError as error:
        raise ValueError(f"{file.name} is YAML, which PyYAML reads: pip install pyyaml") from error
    try:
        values = _loaded(yaml, file.text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"{file.name} is not valid YAML: {reason}") from error
    if not isinstance(values, dict):
        raise ValueError(f"{file.name} holds a {type(values).__name__}; keys and values were looked for")
    return {str(key): value for key, value in values.items()}


def _loaded(yaml: ModuleType, text: str) -> object:
    try:
        return _plain(yaml, text)
    except yaml.YAMLError:
        if "\\" not in text and "\t" not in text:
            raise
        # "C:\data" in quotes is an error of YAML, for \d means nothing: as a path of Windows it is clear enough
        return _plain(yaml, text.replace("\\", "/").replace("\t", "    "))


def _plain(yaml: ModuleType, text: str) -> object:
    # By references to references a kilobyte of YAML means gigabytes, as soon as somebody prints it.
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
        raise ValueError("it has references (*), which settings have no use for")
    return yaml.load(text, Loader=yaml.SafeLoader)
