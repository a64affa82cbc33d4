from types import SimpleNamespace

import pytest

from apps import text
from apps.runs import Runs, devices
from apps.views.teach import answer, plan, verb
from hrnet.sets import Sets, lamp
from hrnet.sets import plan as planning


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    sets = Sets(tmp_path_factory.mktemp("planned") / "sets")
    return sets, lamp.new(sets, count=8).token


@pytest.fixture
def desk(drawn, tmp_path, monkeypatch):
    monkeypatch.setenv("HRNET_HOME", str(tmp_path))
    monkeypatch.setattr(plan, "nvidia_driver", lambda: False)
    monkeypatch.setattr(Runs, "advance", lambda self: None)  # nothing is begun here
    return SimpleNamespace(sets=drawn[0])


@pytest.fixture
def look(desk, drawn):
    def go(**changes):
        return answer(desk, {"do": "plan.look", "set": drawn[1], "changes": changes}, print)

    return go


def choice(told, name):
    return next(one for one in told["choices"] if one["name"] == name)


def test_the_page_can_ask_for_two_things_only():
    assert verb("plan.look") is plan.look and verb("plan.start") is plan.start
    for name in ("plan.of", "plan.divide", "plan._planned", "plan.opened"):
        with pytest.raises(ValueError, match="a question says what to do"):
            verb(name)


def test_every_choice_is_shown_with_a_reason_in_both_languages(look, desk, drawn):
    told = look()
    named = {one.name for one in planning.plan(desk.sets.open(drawn[1]).poses(), device="cpu", cores=2).choices}
    assert {one["name"] for one in told["choices"]} == named - {"device", "minutes"}  # these are told elsewhere
    for language in text.LANGUAGES:
        words = text.catalogue(language)
        for one in told["choices"]:
            assert f"teach.plan.{one['name']}" in words and f"teach.plan.what.{one['name']}" in words
            line = words[one["why"]["text"]].format(**one["why"]["values"])
            assert line and "{" not in line


def test_what_is_learned_and_what_is_judged_are_all_labeled_pictures(look):
    told = look()
    assert (told["learned"], told["judged"]) == (5, 2) and told["how"] == {"by": "picture", "values": {"each": 5}}


def test_a_joint_that_is_like_one_of_a_person_begins_with_its_row(look):
    told = look()
    assert [(row["joint"], row["kept"]) for row in told["rows"] if row["kept"]] == [("head", "nose")]
    assert [row["side"] for row in told["rows"]] == ["middle"] * 4 + ["left", "right"]


def test_less_time_means_fewer_steps(look):
    whole, short = look(), look(minutes=1)
    assert short["minutes"] == pytest.approx(1, rel=0.1) and whole["minutes"] == whole["suggested_minutes"] > 1.2
    assert int(choice(short, "steps")["text"]) < int(choice(whole, "steps")["text"])
    assert short["gpu"] == pytest.approx(whole["gpu"]) and 0 < whole["gpu"] < whole["minutes"] / 5


def test_a_change_is_marked_and_says_what_was_suggested(look):
    told = look(input_size="160x160")
    size = choice(told, "input_size")
    assert size["changed"] and size["text"] == "160x160" and size["suggested"] == choice(look(), "input_size")["text"]
    assert "--set input_size=160x160" in told["command"]
    assert not choice(told, "mirror")["changed"]


@pytest.mark.parametrize(
    "name, value",
    [
        *(("steps", "0"), ("learning_rate", "5"), ("batch_size", "1"), ("input_size", "100x100"), ("turn", "999")),
        *(
            ("freeze", "head"),
            ("average", "1"),
            ("trunk_factor", "0"),
            ("start", "coco-w48-256x192"),
            ("batch_size", "two"),
            ("mirror", 3),
        ),
    ],
)
def test_what_is_unsafe_is_refused_with_words_and_is_not_done(look, name, value):
    told = look(**{name: value})
    one, suggested = choice(told, name), choice(look(), name)
    assert one["refused"]["line"] and not one["changed"] and one["text"] == suggested["text"]
    for language in text.LANGUAGES:
        line = text.catalogue(language)[one["refused"]["text"]].format(**one["refused"]["values"])
        assert line != text.catalogue("en")[one["refused"]["text"]] or "{" not in line


def test_a_time_that_cannot_be_is_refused(look):
    assert look(minutes=-3)["limit_refused"]["text"] == "teach.plan.refused.minutes"
    assert look(minutes=3)["limit_refused"] is None


def test_a_network_that_begins_with_nothing_has_other_reasons(look):
    told = look(start="none")
    assert choice(told, "freeze")["text"] == "none" and not any(row["kept"] for row in told["rows"])
    assert choice(told, "learning_rate")["why"]["text"] == "teach.plan.why.rate_none"


def test_no_choice_of_that_name_and_no_such_values_are_one_line(look, desk, drawn):
    with pytest.raises(ValueError, match="colour is no choice"):
        look(colour="red")
    for changes in (["steps"], {"steps": [3]}, {"steps": "9" * 100}):
        with pytest.raises(ValueError, match="changes are names"):
            plan.look(desk, {"set": drawn[1], "changes": changes}, print)


def test_a_page_cannot_make_a_run_begin_with_a_file(look, tmp_path, monkeypatch):
    (tmp_path / "mine.safetensors").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="there are no weights of the name"):
        look(start="mine.safetensors")


def test_too_few_labels_are_told_as_such(desk):
    kept = lamp.new(desk.sets, count=3)
    try:
        told = plan.look(desk, {"set": kept.token}, print)
        assert told == {"too_few": {"labeled": 3, "fewest": 4}}
        with pytest.raises(ValueError, match="too few"):
            plan.start(desk, {"set": kept.token}, print)
    finally:
        desk.sets.remove(kept.token)


def test_a_start_asks_for_the_run_that_was_shown(desk, drawn, look):
    told = plan.start(
        desk, {"set": drawn[1], "changes": {"steps": "40", "input_size": "64x64"}, "title": " first "}, print
    )
    run = Runs(find=desk.sets.open).open(told["run"])
    assert run.request.title == "first" and run.request.device == devices.CPU and run.waits
    assert " ".join(run.request.options) == "--set input_size=64x64 --set steps=40"
    assert plan.state(desk, desk.sets.open(drawn[1]))["done"] is True


def test_the_ribbon_says_how_long_the_plan_takes_that_was_looked_at(desk, drawn, look):
    minutes = look(minutes=7)["minutes"]
    told = plan.state(desk, desk.sets.open(drawn[1]))
    assert told == {"text": "teach.plan.min", "values": {"count": 7}, "done": False} and round(minutes) == 7


def test_a_start_with_something_refused_starts_nothing(desk, drawn):
    with pytest.raises(ValueError, match="the run was not started: steps: from"):
        plan.start(desk, {"set": drawn[1], "changes": {"steps": "0"}}, print)
    assert Runs(find=desk.sets.open).list(drawn[1]) == []
