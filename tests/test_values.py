"""Values of `prodlint.values` behave as those of the standard library's decorator and `NamedTuple` do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import threading
from collections.abc import Callable
from typing import Any

import pytest

from prodlint.values import NamedTuple, dataclass, field, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it is."""

    path: str
    line: int = 1
    names: dict[str, int] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    path: str
    line: int = 1
    names: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pair:
    left: int
    right: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Rank:
    major: int
    minor: int = 0


@dataclass(slots=True)
class Counter:
    start: int
    seen: list[int] = field(default_factory=list)
    hidden: str = field(default="", repr=False, compare=False)
    total: int = field(init=False)

    def __post_init__(self) -> None:
        self.total = self.start + len(self.seen)


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    name: str


@dataclass(frozen=True, slots=True)
class Empty:
    pass


class Triple(NamedTuple):
    """Three in a row."""

    first: int
    second: str = ""
    third: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        return len(self.third)


def test_fields_are_given_by_keyword_or_default() -> None:
    place = Place(path="a.py")
    assert (place.path, place.line, place.names, place.shown) == ("a.py", 1, {}, "a.py:1")
    assert Place(path="b.py", line=7, names={"x": 1}).names == {"x": 1}
    assert Pair(1) == Pair(left=1, right=0)


def test_a_default_factory_makes_one_for_each_value() -> None:
    assert Place(path="a").names is not Place(path="a").names


@pytest.mark.parametrize(
    "make",
    [
        lambda: Place(path="a", lines=2),  # type: ignore[call-arg]
        lambda: Place("a"),  # type: ignore[misc]
        lambda: Place(line=2),  # type: ignore[call-arg]
        lambda: Pair(1, 2, 3),  # type: ignore[call-arg]
        lambda: Counter(start=1, total=2),  # type: ignore[call-arg]
    ],
)
def test_wrong_arguments_are_an_error_every_time(make: Callable[[], object]) -> None:
    for _ in range(2):
        with pytest.raises(TypeError, match="__init__"):
            make()


def test_a_frozen_value_cannot_be_changed_or_grow() -> None:
    place = Place(path="a")
    for change in (lambda: setattr(place, "line", 2), lambda: delattr(place, "line"), lambda: setattr(place, "x", 2)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    assert place.line == 1
    assert not hasattr(place, "__dict__")


def test_values_are_equal_by_type_and_fields() -> None:
    assert Place(path="a", line=2) == Place(path="a", line=2)
    assert Place(path="a", line=2) != Place(path="a", line=3)
    assert Place(path="a") != Spot(path="a")  # type: ignore[comparison-overlap]
    assert hash(Pair(1, 2)) == hash(Pair(1, 2)) != hash(Pair(2, 1))
    assert len({Rank(major=1), Rank(major=1), Rank(major=2)}) == 2
    assert Empty() == Empty()
    with pytest.raises(TypeError):
        hash(Place(path="a"))  # a dict is in it


def test_without_eq_each_value_is_itself() -> None:
    thing = Thing("a")
    assert thing == thing
    assert thing != Thing("a")
    assert len({thing, Thing("a")}) == 2


def test_order_goes_by_the_fields_in_turn() -> None:
    ranks = [Rank(major=2), Rank(major=1, minor=5), Rank(major=1)]
    assert sorted(ranks) == [Rank(major=1), Rank(major=1, minor=5), Rank(major=2)]
    assert Rank(major=1) <= Rank(major=1) < Rank(major=2)
    assert Rank(major=2) > Rank(major=1) and Rank(major=2) >= Rank(major=2)
    with pytest.raises(TypeError):
        Rank(major=1) < 1  # type: ignore[operator]  # noqa: B015


def test_a_value_that_can_be_changed_has_no_hash() -> None:
    counter = Counter(3, [1])
    counter.seen.append(2)
    counter.total = 5
    assert counter == Counter(3, [1, 2])
    with pytest.raises(TypeError, match="unhashable"):
        hash(counter)


def test_fields_can_stay_out_of_comparison_and_repr() -> None:
    assert Counter(1, hidden="x") == Counter(1, hidden="y")
    assert repr(Counter(1, hidden="x")) == "Counter(start=1, seen=[], total=1)"
    assert repr(Place(path="a")) == "Place(path='a', line=1, names={})"


@pytest.mark.parametrize("value", [Place(path="a", names={"x": 1}), Pair(1), Rank(major=1), Counter(1, [2]), Empty()])
def test_values_are_the_same_after_pickling_and_copying(value: object) -> None:
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value
    assert copy.deepcopy(value) == copy.copy(value) == value


def test_values_can_be_compared_when_none_was_made_here() -> None:
    """As in a process that gets all its values pickled."""
    data = pickle.dumps([Triple(1), Pair(1)])
    fresh: Any = dataclass(frozen=True, slots=True)(type("Pair", (), {"__annotations__": {"left": "int"}}))
    one, other = (object.__new__(fresh) for _ in range(2))
    one.__setstate__([3])
    other.__setstate__([3])
    assert one == other
    assert hash(one) == hash(other)
    assert pickle.loads(data) == [Triple(1), Pair(1)]


def test_a_replaced_value_is_another_one() -> None:
    place = Place(path="a", names={"x": 1})
    moved = replace(place, line=5)
    assert (moved.path, moved.line, moved.names, place.line) == ("a", 5, {"x": 1}, 1)
    with pytest.raises(TypeError, match="lines"):
        replace(place, lines=5)  # type: ignore[call-arg]


def test_the_standard_library_takes_them_for_dataclasses() -> None:
    assert dataclasses.is_dataclass(Place)
    assert [item.name for item in dataclasses.fields(Place)] == ["path", "line", "names"]
    path, line, names = dataclasses.fields(Place(path="a"))
    assert path.default is dataclasses.MISSING and path.kw_only and path.type == "str"
    assert line.default == 1
    assert names.default_factory is dict
    assert dataclasses.replace(Place(path="a"), line=2) == Place(path="a", line=2)
    assert dataclasses.asdict(Pair(1, 2)) == {"left": 1, "right": 2}


def test_values_match_patterns() -> None:
    match Pair(1, 2):
        case Pair(left, right):
            assert (left, right) == (1, 2)
    match Place(path="a", line=2):
        case Place(path="a", line=line):
            assert line == 2
        case _:
            pytest.fail("no match")


def test_a_default_that_could_be_changed_is_refused() -> None:
    with pytest.raises(ValueError, match="default_factory"):
        dataclass(frozen=True, slots=True)(type("Bad", (), {"__annotations__": {"items": "list"}, "items": []}))


def test_classes_without_slots_are_refused() -> None:
    with pytest.raises(TypeError, match="slots"):
        dataclass(slots=False)


def test_the_class_keeps_what_its_body_says() -> None:
    assert Place.__doc__ == "Where it is."
    assert (Place.__module__, Place.__qualname__) == (__name__, "Place")
    Place(path="a")
    assert Place.__init__.__qualname__ == "Place.__init__"


def test_threads_that_are_first_at_the_same_time_agree() -> None:
    for _ in range(20):
        fresh: Any = dataclass(frozen=True, slots=True)(type("Fresh", (), {"__annotations__": {"left": "int"}}))
        made: list[object] = []
        barrier = threading.Barrier(4)

        def make(kind: Any = fresh, barrier: threading.Barrier = barrier, made: list[object] = made) -> None:
            barrier.wait()
            made.append(kind(1))

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert made == [fresh(1)] * 4


def test_named_tuples_have_names_defaults_and_methods() -> None:
    triple = Triple(1, third=(1, 2))
    assert triple == (1, "", (1, 2))
    assert (triple.first, triple.size, triple._replace(second="x")) == (1, 2, Triple(1, "x", (1, 2)))
    assert Triple._fields == ("first", "second", "third")
    assert Triple._field_defaults == {"second": "", "third": ()}
    assert (Triple.__doc__, Triple.__module__, Triple.__qualname__) == ("Three in a row.", __name__, "Triple")
    assert repr(triple) == "Triple(first=1, second='', third=(1, 2))"
    assert pickle.loads(pickle.dumps(triple)) == triple
    assert isinstance(pickle.loads(pickle.dumps(triple)), Triple)
    with pytest.raises(TypeError):
        Triple(1, "", (), 2)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        triple.first = 2  # type: ignore[misc]
