"""What a run's events come to."""

import json

from apps.runs.told import MOST_POINTS, story


def stepped(step, loss, time=100.0, left=8.0):
    rates = {"learning_rate": 0.1, "samples_per_second": 5.0, "memory_mb": 70.0}
    return {"event": "stepped", "time": time, "step": step, "loss": loss, "seconds_left": left, **rates}


def started(step, steps=100):
    return {"event": "started", "time": 90.0, "step": step, "steps": steps, "device": "cpu", "parameters": 9}


def validated(step, pck, best=True, **joints):
    return {"event": "validated", "time": 95.0, "step": step, "figures": {"PCK": pck}, "best": best, "joints": joints}


def test_a_story_has_the_curves_the_newest_figures_and_when_it_ends():
    told = story([started(0), stepped(20, 4.0), validated(20, 0.5), stepped(40, 2.0, time=110.0)])
    assert (told["step"], told["steps"], told["ends"], told["best"]) == (40, 100, 118.0, 20)
    assert told["losses"] == [[20, 4.0], [40, 2.0]]
    assert told["now"] == {"learning_rate": 0.1, "samples_per_second": 5.0, "memory_mb": 70.0}
    assert told["begun"]["device"] == "cpu" and told["begun"]["frozen"] is None


def test_what_a_resumed_run_tells_again_counts_once_in_its_newer_telling():
    first = [started(0), stepped(20, 4.0), stepped(40, 3.0), validated(40, 0.9), stepped(60, 2.0)]
    told = story([*first, started(30), stepped(40, 2.9), validated(40, 0.6)])
    assert told["losses"] == [[20, 4.0], [40, 2.9]]
    assert [(look["step"], look["figures"]["PCK"]) for look in told["looks"]] == [(40, 0.6)]
    assert (told["step"], told["best"]) == (40, 40)


def test_best_is_the_newest_validation_that_was_the_best_so_far():
    looks = [validated(10, 0.4), validated(20, 0.6), validated(30, 0.5, best=False)]
    assert story([started(0), *looks])["best"] == 20
    assert story([started(0)])["best"] is None


def test_numbers_that_json_has_not_are_none():
    joints = {"tip": {"PCK": float("nan"), "OKS": None}}
    told = story([started(0), stepped(1, float("inf"), left=float("nan")), validated(1, float("nan"), **joints)])
    assert told["losses"] == [[1, None]] and told["ends"] is None
    assert told["looks"][0]["joints"] == {"tip": {"PCK": None, "OKS": None}}
    json.dumps(told, allow_nan=False)


def test_a_long_curve_is_thinned_and_keeps_its_newest_point():
    told = story([started(0), *(stepped(step, 1.0) for step in range(1, 4 * MOST_POINTS + 3))])
    assert MOST_POINTS / 2 < len(told["losses"]) <= MOST_POINTS
    assert told["losses"][-1][0] == 4 * MOST_POINTS + 2


def test_lines_of_another_program_do_not_break_a_story():
    assert story([{"event": "new"}, {"step": 3}, {"event": "stepped", "step": "x"}])["losses"] == []
