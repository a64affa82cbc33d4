"""The rules of the frame, held over every lesson folder, those of later lessons too."""

import ast
import inspect
import re
import textwrap
from pathlib import Path

import pytest

from lessons import grading, words
from lessons.catalogue import entries
from lessons.frame import Choice

LESSONS = pytest.mark.parametrize("entry", entries().values(), ids=lambda entry: entry.folder.name)
ROOT = Path(words.__file__).parents[1]


def lines(text: str) -> list[str]:
    """The texts of a step that a learner reads, split where a sentence may stand alone."""
    return [line for line in text.split("\n") if line.strip()]


@LESSONS
def test_both_languages_have_the_same_texts_with_the_same_placeholders_and_lights(entry):
    english, chinese = entry.texts("en"), entry.texts("zh")
    assert list(english) == list(chinese)
    for key in english:
        assert english[key] and chinese[key], key
        assert words.placeholders(english[key]) == words.placeholders(chinese[key]), key
        assert words.parts(english[key]) == words.parts(chinese[key]), key


@LESSONS
def test_chinese_is_chinese(entry):
    for key, text in entry.texts("zh").items():
        assert re.search(r"[一-鿿]", text) or not re.search(r"[A-Za-z]{2}", text) or text == "UDP", key


@LESSONS
def test_there_is_a_text_for_everything_and_nothing_beside(entry):
    exercise = entry.exercise
    wanted = {"title", "goal", "code.title", "code.text", "code.right"}
    wanted |= {f"code.case.{case.name}" for case in exercise.cases}
    wanted |= {f"code.wrong.{name}" for name in exercise.misconceptions}
    for step in entry.lesson.steps:
        wanted |= {f"{step.name}.{key}" for key in ("title", *step.keys)}
    assert set(entry.texts("en")) == wanted


@LESSONS
def test_steps_have_names_of_their_own_and_there_are_five_to_seven(entry):
    names = [step.name for step in entry.lesson.steps]
    assert len(set(names)) == len(names) and "code" not in names
    assert 5 <= len(names) <= 7


@LESSONS
def test_every_wrong_answer_has_an_explanation_of_its_own(entry):
    for step in entry.lesson.steps:
        if step.question is None:
            continue
        explained = [entry.texts("en")[f"{step.name}.wrong.{name}"] for name in step.question.wrong]
        assert len(explained) >= 2 and len(set(explained)) == len(explained)
        if isinstance(step.question, Choice) and isinstance(step.question.right, str):
            assert set(step.question.wrong) == set(step.question.options) - {step.question.right}


@LESSONS
def test_a_prediction_covers_something_and_most_steps_ask_for_one(entry):
    asking = [step for step in entry.lesson.steps if step.question]
    assert all(step.covered for step in asking)
    assert len(asking) >= 4


@LESSONS
def test_every_lesson_has_a_task_on_the_page(entry):
    tasks = [step.task for step in entry.lesson.steps if step.task]
    assert tasks and all(len(task.outcomes) >= 3 for task in tasks)


@LESSONS
def test_every_part_that_is_named_exists(entry):
    toy = entry.lesson.toy
    for language in words.LANGUAGES:
        for key, text in entry.texts(language).items():
            assert words.parts(text) <= set(toy.parts), key
    for step in entry.lesson.steps:
        assert set(step.covered) <= set(toy.parts)
        assert set(step.shows) <= set(toy.optional) <= set(toy.parts)
        assert set(step.covered) & set(toy.optional) <= set(step.shows)
        assert {getattr(step.question, "on", ""), getattr(step.question, "shows", "")} <= {"", *toy.parts}
        for source in step.sources:
            assert set(source.lights) <= set(toy.parts)


@LESSONS
def test_words_light_up_their_part_in_every_text_that_explains(entry):
    lit = {key.partition(".")[0] for key, text in entry.texts("en").items() if words.parts(text)}
    assert lit >= {step.name for step in entry.lesson.steps}


@LESSONS
def test_every_state_is_one_that_the_toy_can_have(entry):
    toy, state = entry.lesson.toy, {}
    for step in entry.lesson.steps:
        for change in (step.start, *step.presets.values()):
            assert set(change) <= set(toy.controls)
            state = toy.checked({**state, **change})
        assert set(step.controls) <= set(toy.controls)


@LESSONS
def test_source_is_read_from_the_package_and_has_the_pieces_that_light_up(entry):
    sources = [source for step in entry.lesson.steps for source in step.sources]
    assert sources
    for source in sources:
        shown = source.read()
        whole = (ROOT / shown["file"]).read_text(encoding="utf-8")
        assert textwrap.indent(shown["code"], " " * whole_indent(whole, shown)) in whole
        assert shown["name"].startswith("hrnet.")
        for part, piece in source.lights.items():
            assert piece in shown["code"], (source.name, part)


def whole_indent(whole: str, shown: dict) -> int:
    line = whole.splitlines()[shown["line"] - 1]
    return len(line) - len(line.lstrip())


@LESSONS
def test_no_text_is_longer_than_a_glance(entry):
    for key, text in entry.texts("en").items():
        longest = 160 if key.endswith((".look", ".try")) else 420
        assert len(words.plain(text)) <= longest, key


# ---- coding exercises ------------------------------------------------------------------------------------------------


@LESSONS
def test_nobody_wrote_the_exercise_and_the_checker_says_so(entry):
    assert grading.check(entry.exercise, entry.exercise_file).problem == "not_yet"


@LESSONS
def test_the_exercise_has_the_function_with_the_arguments_of_the_solution(entry):
    tree = ast.parse(entry.exercise_file.read_text(encoding="utf-8"))
    found = {node.name: [a.arg for a in node.args.args] for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert found[entry.exercise.function] == list(inspect.signature(entry.exercise.solution).parameters)


def as_file(entry, path: Path, name: str) -> Path:
    """A learner's file whose function is that function of the lesson's grade.py."""
    module = f"lessons.{entry.folder.name}.grade"
    wanted = entry.exercise.function
    path.write_text(
        f"from importlib import import_module\n\n\ndef {wanted}(*given):\n"
        f"    return import_module({module!r}).{name}(*given)\n"
    )
    return path


@LESSONS
def test_the_shipped_solution_passes(entry, tmp_path):
    file = as_file(entry, tmp_path / "exercise.py", entry.exercise.solution.__name__)
    report = grading.check(entry.exercise, file)
    assert report.right and len(report.passed) == len(entry.exercise.cases) >= 5


@LESSONS
def test_every_misconception_is_found_out_and_told_apart_from_the_others(entry):
    exercise = entry.exercise
    expected = [grading.call(exercise.solution, case.arguments) for case in exercise.cases]
    assert len(exercise.misconceptions) >= 3
    for name, believed in exercise.misconceptions.items():
        answers = [grading.call(believed, case.arguments) for case in exercise.cases]
        wrong = [
            i for i, (a, e) in enumerate(zip(answers, expected, strict=True)) if not a.equals(e, exercise.tolerance)
        ]
        assert wrong, f"{name} passes every case"
        assert grading.recognize(exercise, answers, wrong) == name


@LESSONS
def test_a_misconception_written_in_a_file_gets_its_message(entry, tmp_path, capsys):
    from lessons.__main__ import main

    name, believed = next(iter(entry.exercise.misconceptions.items()))
    file = as_file(entry, tmp_path / "exercise.py", believed.__name__)
    for language in words.LANGUAGES:
        assert main(["check", str(entry.number), "--file", str(file), "--language", language]) == 1
        assert words.plain(entry.texts(language)[f"code.wrong.{name}"]) in capsys.readouterr().out
