"""Measure speed as ratios in one run: python -m train.bench predict"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from train.bench import custom, data, metrics, predict, train


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="WHAT")
    predict.add_to(commands)
    metrics.add_to(commands)
    train.add_to(commands)
    data.add_to(commands)
    custom.add_to(commands)
    args = parser.parse_args(argv)
    try:
        return args.run(args)
    except ValueError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
