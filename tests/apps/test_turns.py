import asyncio
from collections import Counter

import pytest

from apps.turns import Full, Turns


class Hall:
    """Questions of named visitors; `served` says whose were begun, in that order."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.served, self.places = turns, [], {}

    def ask(self, visitor: str, number: int = 0) -> asyncio.Task:
        heard = self.places.setdefault((visitor, number), [])

        async def wait() -> None:
            await self.turns.take(visitor, heard.append)
            self.served.append(visitor)

        return asyncio.create_task(wait())

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def serve(self) -> None:
        """End what runs, one after the other, until nobody is left."""
        ended = 0
        await self.settle()
        while ended < len(self.served):
            self.turns.end(self.served[ended])
            ended += 1
            await self.settle()


def drive(steps, *limits, **more):
    async def run():
        hall = Hall(Turns(*limits, **more))
        await steps(hall)
        return hall

    return asyncio.run(run())


def test_one_with_many_questions_does_not_hold_up_thirty_with_one():
    async def steps(hall):
        for number in range(200):
            hall.ask("many", number)
        await hall.settle()
        for number in range(30):
            hall.ask(f"visitor {number}")
        await hall.serve()

    served = drive(steps, 8, 2, most=300, most_of_one=300).served
    assert len(served) == 230
    last = max(served.index(f"visitor {number}") for number in range(30))
    assert Counter(served[: last + 1])["many"] <= 2 + 30 / 7  # two at the beginning, then at most every eighth


def test_a_lone_visitor_does_not_take_all_places():
    async def steps(hall):
        for number in range(5):
            hall.ask("alone", number)
        await hall.settle()
        assert hall.served == ["alone", "alone"]
        hall.ask("another")
        await hall.settle()
        assert hall.served[-1] == "another"
        await hall.serve()

    drive(steps, 8, 2)


def test_the_place_is_how_many_come_before_and_never_grows_but_for_a_turn_of_others():
    async def steps(hall):
        for visitor in "aabc":
            hall.ask(visitor, len(hall.places))
        await hall.settle()
        await hall.serve()

    hall = drive(steps, 1, 1)
    assert hall.served == ["a", "b", "c", "a"] or hall.served == ["a", "a", "b", "c"]
    assert all(places[-1] == 0 for places in hall.places.values())
    assert hall.places["c", 3][0] == max(hall.places["c", 3]) and hall.places["c", 3][0] <= 3


def test_every_waiting_visitor_is_told_each_change():
    async def steps(hall):
        for number in range(4):
            hall.ask(f"visitor {number}")
        await hall.settle()
        assert [hall.places[f"visitor {n}", 0] for n in range(4)] == [[0], [1], [2], [3]]
        await hall.serve()
        assert hall.places["visitor 3", 0] == [3, 2, 1, 0]

    drive(steps, 1, 1)


def test_who_leaves_makes_room_and_takes_no_turn():
    async def steps(hall):
        tasks = [hall.ask(f"visitor {number}") for number in range(3)]
        await hall.settle()
        tasks[1].cancel()
        await hall.settle()
        assert hall.places["visitor 2", 0] == [2, 1]
        await hall.serve()

    assert drive(steps, 1, 1).served == ["visitor 0", "visitor 2"]


def test_who_leaves_in_the_moment_of_being_called_gives_the_turn_back():
    async def steps(hall):
        tasks = [hall.ask(f"visitor {number}") for number in range(3)]
        await hall.settle()
        hall.turns.end("visitor 0")  # which calls visitor 1, whose task did not run yet
        tasks[1].cancel()
        await hall.settle()
        assert hall.served == ["visitor 0", "visitor 2"]

    drive(steps, 1, 1)


def test_a_line_that_is_too_long_is_said_at_once():
    async def steps(hall):
        hall.ask("first")
        await hall.settle()
        for number in range(3):
            hall.ask("many", number)
        await hall.settle()
        with pytest.raises(Full):
            await hall.turns.take("many", print)
        hall.ask("other")
        await hall.settle()
        with pytest.raises(Full):
            await hall.turns.take("third", print)
        await hall.serve()

    drive(steps, 1, 1, most=4, most_of_one=3)
