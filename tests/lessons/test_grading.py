"""What a learner may write, and what comes of it."""

import os
import sys
import time

import numpy as np
import pytest

from lessons import grading
from lessons.__main__ import main
from lessons.catalogue import entries
from lessons.grading import Case, Exercise, check, difference


def double(x):
    if np.ndim(x) == 0 and x < 0:
        raise ValueError("negative")
    return x * 2


EXERCISE = Exercise(
    "double",
    double,
    (Case("number", (3,)), Case("array", (np.arange(4.0).reshape(2, 2),)), Case("negative", (-1,))),
    {"squared": lambda x: x * x, "tripled": lambda x: 3 * x},
)


@pytest.fixture
def write(tmp_path):
    def write(code: str):
        file = tmp_path / "exercise.py"
        file.write_text(code)
        return file

    return write


def test_a_right_function_passes_whatever_it_prints(write):
    code = """
def double(x):
    print('{"value": 1}')
    if not hasattr(x, "shape") and x < 0:
        raise ValueError
    return 2 * x
"""
    report = check(EXERCISE, write(code))
    assert report.right and report.passed == ("number", "array", "negative")


def test_the_misconception_that_explains_most_wrong_answers_is_named(write):
    report = check(EXERCISE, write("def double(x):\n    return 3 * x\n"))
    assert report.misconception == "tripled"
    assert report.failed == ("number", "array", "negative")


def test_an_error_is_told_with_its_line_and_is_no_misconception(write):
    report = check(EXERCISE, write("def double(x):\n    y = 1\n    return x + 'a'\n"))
    assert report.misconception is None
    case, _, came = report.first
    assert case.name == "number" and came.raised == "TypeError" and came.where.startswith("exercise.py, line 3: ")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("def double(x:\n", "exercise.py, line 1"),
        ("import nothing_of_that_name\n", "ModuleNotFoundError"),
        ("def half(x):\n    return x\n", "has no attribute 'double'"),
    ],
)
def test_a_file_that_cannot_be_loaded_says_why(write, code, says):
    report = check(EXERCISE, write(code))
    assert report.problem == "broken" and says in report.detail and not report.right


def test_a_loop_without_end_is_stopped_and_the_case_is_named(write):
    code = "def double(x):\n    if getattr(x, 'shape', ()) == (2, 2):\n        while True: pass\n    return 2 * x\n"
    report = check(EXERCISE, write(code), seconds=3)
    assert report.problem == "time" and report.detail == "array" and report.passed == ("number",)
    assert not report.right


@pytest.mark.skipif(os.name != "posix", reason="needs a system with process groups")
def test_what_the_code_started_ends_with_it(write, tmp_path):
    mark = tmp_path / "pid"
    code = f"""
import subprocess, sys, time
def double(x):
    child = subprocess.Popen([{sys.executable!r}, "-c", "import time; time.sleep(600)"])
    open({str(mark)!r}, "w").write(str(child.pid))
    time.sleep(600)
"""
    assert check(EXERCISE, write(code), seconds=1).problem == "time"
    pid = int(mark.read_text())
    for _ in range(200):  # until the system has cleared it away
        try:
            with open(f"/proc/{pid}/stat") as stat:
                if stat.read().rpartition(")")[2].split()[0] == "Z":
                    return
        except FileNotFoundError:
            return
        time.sleep(0.05)
    pytest.fail(f"process {pid} still runs")


def test_leaving_the_process_is_no_way_to_pass(write):
    report = check(EXERCISE, write("import os\ndef double(x):\n    os._exit(0)\n"))
    assert report.problem == "died" and not report.right


def test_more_memory_than_allowed_is_an_error_of_the_learners(write):
    pytest.importorskip("resource", reason="needs a system with limits of memory")
    report = check(EXERCISE, write("import numpy as np\ndef double(x):\n    return np.ones(10**12)\n"))
    assert report.first[2].raised in ("MemoryError", "_ArrayMemoryError")


def test_an_answer_that_is_no_value_is_a_wrong_one(write):
    report = check(EXERCISE, write("def double(x):\n    return {1: 2}\n"))
    assert report.first[2].raised == "TypeError" and "dict is no answer" in report.first[2].where


def test_the_learners_process_is_not_told_what_is_expected(write, tmp_path):
    leak = tmp_path / "leak"
    code = f"""
import gc
def double(x):
    seen = [str(one) for one in gc.get_objects() if isinstance(one, dict) and "calls" in one]
    open({str(leak)!r}, "w").write(" ".join(seen))
    return 0
"""
    check(EXERCISE, write(code))
    assert "expected" not in leak.read_text()


@pytest.mark.parametrize(
    ("a", "b", "far"),
    [
        (1.0, 1, 0),
        ([1, [2.0]], [1, [2.5]], 0.5),
        (np.zeros((2, 3)), np.zeros((3, 2)), np.inf),
        (np.zeros(3), np.array([0, 0, np.nan]), np.inf),
        ([1, 2], [1, 2, 3], np.inf),
        ("a", "a", 0),
        (None, 0, np.inf),
    ],
)
def test_how_far_two_answers_are_apart(a, b, far):
    assert difference(a, b) == far


def test_values_travel_to_the_process_and_back():
    value = [np.arange(6.0).reshape(1, 2, 3), (1, None), "word", np.float32(0.5), True]
    back = grading.decode(grading.encode(value))
    assert difference(back, grading.plain(value)) == 0


# ---- the command ----------------------------------------------------------------------------------------------------


def test_the_list_names_every_lesson_and_where_its_exercise_is(capsys):
    assert main([]) == 0
    listed = capsys.readouterr().out
    for number, entry in entries().items():
        assert f"{number:2}  {entry.texts('en')['title']}" in listed
        assert f"python -m lessons check {number}" in listed


def test_an_exercise_that_was_not_begun_is_not_passed(capsys):
    assert main(["check", "1"]) == 1
    assert "NotImplementedError" in capsys.readouterr().out


def test_a_lesson_that_is_not_there_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["check", "99"])
    assert "there is no lesson 99" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_refused(capsys, tmp_path):
    assert main(["check", "1", "--file", str(tmp_path / "mine.py")]) == 2
    assert "mine.py" in capsys.readouterr().err


def test_the_language_may_stand_before_or_behind_the_command(capsys):
    for argv in (["--language", "zh", "check", "1"], ["check", "1", "--language", "zh"]):
        main(argv)
        assert "还没有写代码" in capsys.readouterr().out


def test_values_are_shown_only_on_request(write, capsys):
    file = write("def seen(x, y, w, h, input_size):\n    return x, y, w, h + 0.5\n")
    assert main(["check", "1", "--file", str(file)]) == 1
    assert "expected:" not in capsys.readouterr().out
    main(["check", "1", "--file", str(file), "--show"])
    said = capsys.readouterr().out
    assert "seen(100, 50, 96, 128, (256, 192))" in said and "(100, 50, 96, 128.5)" in said


def test_listing_and_checking_import_neither_torch_nor_a_front_end():
    import subprocess

    code = (
        "import sys; from lessons.__main__ import main; main([]); main(['check', '7']);"
        "print([name for name in ('torch', 'gradio', 'streamlit', 'apps') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[-1] == "[]"
