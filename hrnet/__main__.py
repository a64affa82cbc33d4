"""Find people and their joints in photos and clips: python -m hrnet predict photo.jpg"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from hrnet import predict
from hrnet.data import command as labeled
from hrnet.video import command as video


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m hrnet", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    predict.add_to(commands)
    video.add_to(commands)
    labeled.add_to(commands)
    commands.add_parser("models", help="list the weights that can be named").set_defaults(run=models)
    args = parser.parse_args(argv)
    try:
        return args.run(args)
    except BrokenPipeError:  # the reader of a pipe (head, less) has seen enough
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def models(args: argparse.Namespace) -> int:
    from hrnet import weights

    print(weights.table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
