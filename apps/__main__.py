"""Open the Studio and the Classroom in the browser: photos in, people and their joints out."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import apps  # noqa: F401  before everything else: it holds the switches that keep Gradio offline

if TYPE_CHECKING:
    from hrnet.data import PoseSet


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m apps", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--weights", action="append", help="the pose network: a name from `python -m hrnet models`, a "
                        "file, or the folder of a run (default: default); named again, another one for Compare: the "
                        "first is everybody's")  # fmt: skip
    parser.add_argument("--finder", default="default", help="what finds the persons, named likewise")
    parser.add_argument("--set", help="a labeled set to walk through in Augment: a folder or file that "
                        "`python -m hrnet convert` reads, such as COCO's")  # fmt: skip
    parser.add_argument("--host", default="127.0.0.1", help="where to listen; 0.0.0.0 lets other machines in")
    parser.add_argument(
        "--port", type=int, help="which port, 0 for any free one; the first free from 7860 if not given"
    )
    parser.add_argument("--password", help="what visitors are asked for; with another host than this machine's own, "
                        "one is made up if not given")  # fmt: skip
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    args = parser.parse_args(argv)
    for needed in ("gradio", "streamlit", "segno"):
        if find_spec(needed) is None:
            return complain(f"the pages need {needed}: pip install -r requirements.txt")

    from apps import entrance, server
    from apps.guard import LOOPBACK
    from apps.model import Model
    from hrnet import WeightsError

    password = args.password
    if password is not None and len(password) < entrance.SHORTEST:
        return complain(f"a password has at least {entrance.SHORTEST} characters, got {len(password)}")
    if password is None and args.host not in LOOPBACK:
        password = entrance.made_up()
    try:
        labeled = read(args.set) if args.set else None
    except ValueError as error:
        return complain(error)
    try:
        first, *others = args.weights or ["default"]
        model = Model(first, args.finder, others)
        bound = server.hold(args.host, args.port)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that the folder below is removed then, too
        with bound, tempfile.TemporaryDirectory(prefix="hrnet-studio-") as uploads, suppress(KeyboardInterrupt):
            os.environ["GRADIO_TEMP_DIR"] = uploads

            def build() -> server.App:
                from apps.site import site

                return site(model, Path(uploads), labeled, alone=password is None)

            with model:
                server.serve(build, args.host, bound, password=password, browser=not args.no_browser)
    except (WeightsError, OSError) as error:
        return complain(error)
    return 0


def read(path: str) -> PoseSet:
    from hrnet.data import read  # takes time, which the usual start has no use for

    return read(path)


def complain(line: object) -> int:
    print(f"apps: {line}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
