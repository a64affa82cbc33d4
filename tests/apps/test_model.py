import threading

import pytest

from apps import model as module
from apps.model import Card, Job, Model
from hrnet import WeightsError
from hrnet.estimator import Ask, Estimator
from hrnet.geometry import Box
from hrnet.spec import W8
from hrnet.weights import Figure, Metadata


@pytest.fixture
def model(weights, estimator) -> Model:
    """Not started: the tests take its turns themselves."""
    model = Model(str(weights["pose"]), str(weights["finder"]))
    model.__dict__["_loaded"] = estimator
    return model


def counted(monkeypatch) -> list[int]:
    """How many photos each shared batch has."""
    sizes: list[int] = []
    batch = Estimator.batch
    monkeypatch.setattr(Estimator, "batch", lambda e, asks: sizes.append(len(asks)) or batch(e, asks))
    return sizes


def test_those_who_wait_share_a_batch_and_each_gets_the_own_answer(model, photo, monkeypatch):
    sizes = counted(monkeypatch)
    jobs = [
        Job(lambda k=k: Ask(photo, [Box(k, 0, 50, 50)] * (k + 1)), lambda e, p, people, k=k: (k, people))
        for k in range(5)
    ]
    model.turn(jobs)
    assert sizes == [5]
    for k, job in enumerate(jobs):
        number, people = job.done.result(timeout=0)
        assert number == k and [person.box for person in people] == [Box(k, 0, 50, 50)] * (k + 1)


def test_an_error_stays_with_its_own_job(model, photo):
    jobs = [
        Job(lambda: 1 / 0, lambda *_: "read"),
        Job(lambda: Ask(photo, []), lambda *_: 1 / 0),
        Job(lambda: Ask(photo, []), lambda *_: "fine"),
    ]
    model.turn(jobs)
    for job in jobs[:2]:
        with pytest.raises(ZeroDivisionError):
            job.done.result(timeout=0)
    assert jobs[2].done.result(timeout=0) == "fine"


def test_large_photos_are_not_held_in_memory_together(model, photo, monkeypatch):
    sizes = counted(monkeypatch)
    monkeypatch.setattr(module, "PIXELS_AT_ONCE", 2 * photo.shape[0] * photo.shape[1])
    model.turn([Job(lambda: Ask(photo, []), lambda *_: None) for _ in range(5)])
    assert sizes == [2, 2, 1]


def test_many_visitors_at_once_are_each_answered_and_the_last_before_the_end(weights, photo):
    answers = {}

    def visit(k: int) -> None:
        answers[k] = model.ask(lambda: Ask(photo, [Box(k, k, 40, 60)]), lambda e, p, people: people[0].box.x)

    with Model(str(weights["pose"]), str(weights["finder"])) as model:
        visitors = [threading.Thread(target=visit, args=(k,)) for k in range(20)]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join(timeout=60)
    assert answers == {k: k for k in range(20)}
    assert not model._worker.is_alive()


def test_it_is_loaded_once_by_the_first_who_asks(weights, estimator, monkeypatch):
    loads = []
    monkeypatch.setattr(module.hrnet, "load", lambda *args, **more: loads.append(args) or estimator)
    model = Model(str(weights["pose"]), str(weights["finder"]))
    assert loads == []
    assert model.estimator is model.estimator is estimator and len(loads) == 1


def test_the_threshold_stands_in_the_header(weights, estimator):
    model = Model(str(weights["pose"]), str(weights["finder"]))
    assert model.threshold == estimator.finder.threshold and "_loaded" not in model.__dict__


def test_unknown_weights_are_refused_at_once():
    with pytest.raises(WeightsError, match="no weights 'nonsense'"):
        Model("nonsense")


def measured(metric: str, value: float) -> Card:
    figures = (Figure(metric, value, "val", "given", False, True, "test"),)
    return Card("x", Metadata("trunk", W8, figures=figures))


@pytest.mark.parametrize(
    ("card", "preliminary"),
    [
        (measured("AP", 61.9), True),
        (measured("AP", 62.0), False),
        (measured("recall", 91.9), True),
        (measured("recall", 92.0), False),
        (measured("PCKh@0.5", 10.0), False),  # has no goal here
        (Card("x", Metadata("trunk", W8)), True),  # never measured
    ],
)
def test_weights_below_the_goals_are_preliminary(card, preliminary):
    assert card.preliminary is preliminary


def test_a_long_job_has_the_estimator_to_itself_for_a_moment_at_a_time(model, photo, estimator):
    uses = [module.Use(lambda e: e), module.Use(lambda e: 1 / 0)]
    job = Job(lambda: Ask(photo, []), lambda *_: "fine")
    model.turn([uses[0], job, uses[1]])
    assert uses[0].done.result(timeout=0) is estimator and job.done.result(timeout=0) == "fine"
    with pytest.raises(ZeroDivisionError):
        uses[1].done.result(timeout=0)


def test_whoever_still_waits_when_the_server_ends_is_told_so(weights):
    began, went, ends = threading.Event(), threading.Event(), []

    def hold(estimator):
        began.set()
        went.wait(30)

    def wait(model):
        try:
            model.use(lambda estimator: "worked on")
        except ValueError as error:
            ends.append(str(error))

    model = Model(str(weights["pose"]), str(weights["finder"]))
    with model:
        first = threading.Thread(target=model.use, args=(hold,))
        first.start()
        assert began.wait(60)
        model._jobs.put(None)  # as the end of the `with` does, while others are behind it in the line
        others = [threading.Thread(target=wait, args=(model,)) for _ in range(3)]
        for other in others:
            other.start()
        while model._jobs.qsize() < 4:
            threading.Event().wait(0.01)
        went.set()
    for thread in (first, *others):
        thread.join(timeout=30)
    assert ends == [module.OVER] * 3
    with pytest.raises(ValueError, match=module.OVER):
        model.use(lambda estimator: None)
