"""List the lessons, or check the coding exercise of one: python -m lessons check 5"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lessons import grading, words
from lessons.catalogue import FOLDER, Entry, entries
from lessons.grading import Report

RIGHT, WRONG, MISUSED = 0, 1, 2  # exit status


def main(argv: Sequence[str] | None = None) -> int:
    language = "zh" if os.environ.get("LANG", "").startswith("zh") else "en"
    sys.stdout.reconfigure(errors="replace")  # a terminal without Chinese still shows the rest
    parser = argparse.ArgumentParser(prog="python -m lessons", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    check = commands.add_parser("check", help="judge the coding exercise of a lesson")
    for one, default in ((parser, language), (check, argparse.SUPPRESS)):  # it may stand before or behind "check"
        one.add_argument("--language", choices=words.LANGUAGES, default=default, help=f"default here: {language}")
    check.add_argument("number", type=int, help=f"of the lesson: {', '.join(map(str, entries()))}")
    check.add_argument("--file", type=Path, help="the filled-in exercise; else exercise.py in the lesson's folder")
    check.add_argument("--show", action="store_true", help="show the values of the first case that fails")
    args = parser.parse_args(argv)
    if args.command is None:
        print(listed(args.language))
        return RIGHT
    if args.number not in entries():
        check.error(f"there is no lesson {args.number}; there are {', '.join(map(str, entries()))}")
    entry = entries()[args.number]
    report = grading.check(entry.exercise, args.file or entry.exercise_file)
    missing = report.problem == "missing"
    print(told(entry, report, args.language, show=args.show), file=sys.stderr if missing else sys.stdout)
    return RIGHT if report.right else MISUSED if missing else WRONG


def listed(language: str) -> str:
    """Every lesson with its goal and where its exercise lies."""
    own = words.texts(FOLDER, language)
    lines = [own["title"], words.plain(own["goal"])]
    for number, entry in entries().items():
        texts = entry.texts(language)
        lines += [
            "",
            f"{number:2}  {texts['title']}",
            f"    {words.plain(texts['goal'])}",
            f"    {words.filled(own['list.exercise'], {'file': where(entry.exercise_file), 'number': number})}",
        ]
    return "\n".join(lines)


def told(entry: Entry, report: Report, language: str, *, show: bool) -> str:
    """The report for a person."""
    own, texts = words.texts(FOLDER, language), entry.texts(language)

    def case(name: str) -> str:
        return words.plain(texts[f"code.case.{name}"])

    lines = [f"✓ {case(name)}" for name in report.passed] + [f"✗ {case(name)}" for name in report.failed]
    if report.problem:
        detail = case(report.detail) if report.problem == "time" else report.detail
        lines.append(words.filled(own[f"check.{report.problem}"], {"detail": detail, "seconds": grading.SECONDS}))
    if report.misconception:
        lines += ["", words.plain(texts[f"code.wrong.{report.misconception}"])]
    elif report.first and report.first[2].raised:
        lines += ["", words.filled(own["check.raised"], {"error": report.first[2].where})]
    elif report.first:
        lines += ["", own["check.unknown"]]
    if report.first:
        failing, expected, came = report.first
        if show:
            given = ", ".join(grading.brief(grading.plain(value)) for value in failing.arguments)
            values = {"function": entry.exercise.function, "given": given, "expected": expected, "came": came}
            lines.append(words.filled(own["check.values"], values))
        else:
            lines.append(own["check.hint"])
    if report.right:
        lines += ["", words.plain(texts["code.right"])]
    return "\n".join(lines)


def where(file: Path) -> str:
    """As one would type it here."""
    return str(file.relative_to(Path.cwd())) if file.is_relative_to(Path.cwd()) else str(file)


if __name__ == "__main__":
    sys.exit(main())
