"""Settings: unknown keys, wording, and numbers that are no truth values."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import pytest
from pydantic import Field, PositiveFloat, PositiveInt, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from zoo_core.common.messages import closest, counted, did_you_mean, listed, shown
from zoo_core.parts.settings import Settings, problems_of


class Inner(Settings):
    name: Literal["inner"] = "inner"
    depth: PositiveInt = 1
    scale: Annotated[float, Field(ge=0, lt=1)] = 0.5


class Outer(Settings):
    count: int = 1
    ratio: PositiveFloat | None = None
    sizes: tuple[tuple[float, ...], ...] = ()
    pair: tuple[int, int] = (1, 2)
    at_least_two: Annotated[tuple[float, ...], Field(min_length=2)] = (1, 2)
    flag: bool = False
    either: bool | int = False
    text: str = ""
    choice: Literal["red", "green"] = "red"
    variant: Literal[300, 512] = 300
    inner: Inner = Inner()
    many: tuple[Inner, ...] = ()

    @field_validator("text")
    @classmethod
    def _no_braces(cls, text):
        if "{" in text:
            raise ValueError(f"braces {{}} are not for text {text}")
        if text == "own":
            raise PydanticCustomError("my_own", "mine is {size}", {"size": 3})
        if text == "assert":
            raise AssertionError("asserted")
        return text

    @model_validator(mode="after")
    def _count_fits(self):
        if self.count == 13:
            raise ValueError("13 is unlucky")
        return self


def problems(**data) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(data)
    return [str(problem) for problem in problems_of(caught.value)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"count": "x"}, "count: should be a whole number; given 'x'"),
        ({"count": 1.5}, "count: should be a whole number; given 1.5"),
        ({"count": None}, "count: should be a whole number; given null"),
        ({"count": True}, "count: should be a number, not true or false; given true"),
        ({"count": [1]}, "count: should be a whole number; given [1]"),
        ({"ratio": -1}, "ratio: should be greater than 0; given -1"),
        ({"ratio": False}, "ratio: should be a number, not true or false; given false"),
        ({"ratio": float("nan")}, "ratio: should be a finite number; given nan"),
        ({"ratio": float("inf")}, "ratio: should be a finite number; given inf"),
        ({"ratio": "wide"}, "ratio: should be a number; given 'wide'"),
        ({"sizes": [[1, True]]}, "sizes: should be a number, not true or false; given [[1, true]]"),
        ({"sizes": [[1], 2]}, "sizes[1]: should be a list; given 2"),
        ({"sizes": 3}, "sizes: should be a list; given 3"),
        ({"sizes": {"a": 1}}, "sizes: should be a list; given {'a': 1}"),
        ({"pair": [1]}, "pair[1]: is missing: the list is too short"),
        ({"pair": [1, 2, 3]}, "pair: should have at most 2 items, and has 3"),
        ({"at_least_two": [1]}, "at_least_two: should have at least 2 items, and has 1"),
        ({"flag": "maybe"}, "flag: should be true or false; given 'maybe'"),
        ({"flag": []}, "flag: should be true or false; given []"),
        ({"text": 3}, "text: should be a string; given 3; put it into quotes"),
        ({"text": True}, "text: should be a string; given true; put it into quotes"),
        ({"text": ["a"]}, "text: should be a string; given ['a']"),
        ({"text": "a{b"}, "text: braces {} are not for text a{b; given 'a{b'"),
        ({"text": "own"}, "text: mine is 3; given 'own'"),
        ({"text": "assert"}, "text: asserted; given 'assert'"),
        ({"choice": "gren"}, "choice: should be 'red' or 'green'; given 'gren'; did you mean 'green'?"),
        ({"choice": 7}, "choice: should be 'red' or 'green'; given 7"),
        ({"variant": 301}, "variant: should be 300 or 512; given 301"),
        ({"inner": 3}, "inner: should be a table of settings; given 3"),
        ({"inner": None}, "inner: should be a table of settings; given null"),
        ({"inner": {"depth": 0}}, "inner.depth: should be greater than 0; given 0"),
        ({"inner": {"scale": 1}}, "inner.scale: should be less than 1; given 1"),
        (
            {"inner": {"dept": 1}},
            "inner.dept: unknown setting; did you mean 'depth'? settings of 'inner': depth, scale",
        ),
        ({"inner": {"x{y}": 1}}, "inner.x{y}: unknown setting; settings of 'inner': depth, scale"),
        (
            {"many": [{}, {"dept": 1}]},
            "many[1].dept: unknown setting; did you mean 'depth'? settings of 'inner': depth, scale",
        ),
        ({"count": 13}, "13 is unlucky"),
    ],
)
def test_says_place_fault_and_what_was_given(data, expected):
    assert problems(**data) == [expected]


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ({1.0, 2.0}, "a set"),
        (frozenset({1.0}), "a set"),
        ({1.0: 2}.keys(), "a dict_keys"),
        ({1: 2.0}.values(), "a dict_values"),
        ((number for number in (1.0, 2.0)), "a generator"),
        (iter([1.0, 2.0]), "a list_iterator"),
        (map(float, [1, 2]), "a map"),
    ],
)
def test_what_has_no_order_is_no_list(value, what):
    (message,) = problems(at_least_two=value)
    assert message.startswith(f"at_least_two: should be a list, which keeps its order, not {what}; given ")


def test_what_has_no_order_is_not_let_into_a_list_either():
    assert problems(sizes=[[1], {2.0, 3.0}])[0].startswith("sizes: should be a list, which keeps its order")


def test_a_setting_that_is_a_set_may_be_one():
    class Chosen(Settings):
        names: frozenset[str] = frozenset()

    assert Chosen.model_validate({"names": {"a"}}).names == {"a"}


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"count": 2**63}, "count"),
        ({"count": -(2**63) - 1}, "count"),
        ({"pair": (1, 2**63)}, "pair"),
        ({"ratio": 1e39}, "ratio"),
        ({"ratio": 1e-38}, "ratio"),
        ({"ratio": 5e-324}, "ratio"),
        ({"sizes": [[1.0], [2, 1e300]]}, "sizes"),
    ],
)
def test_numbers_that_no_engine_can_hold_are_refused(data, place):
    (message,) = problems(**data)
    assert re.match(rf"{place}: should be a (whole number of 64 bits|number that fits into 32 bits)", message)


def test_the_last_numbers_that_fit_are_taken():
    made = Outer(count=2**63 - 1, pair=(-(2**63), 0), sizes=((0.0, 3.4028234e38, -1.1754944e-38),))
    assert made.count == 2**63 - 1


def test_thousands_of_faults_are_counted_and_not_told():
    messages = problems(**{f"setting{number}": 1 for number in range(5000)})
    assert len(messages) == 51
    assert messages[-1] == "and 4950 more problems"
    assert problems(many=[{"scale": 2}] * 5000)[-1] == "and 4950 more problems"
    assert all(len(message) < 300 for message in problems(**{"k" * 10**6: 1}))


def test_numbers_of_thousands_of_digits_are_shown():
    assert shown(16**5000) == "a whole number of 20001 bits"
    assert problems(count=16**5000) == [
        "count: should be a whole number of 64 bits, from -2^63 to below 2^63; given a whole number of 20001 bits"
    ]


def test_long_lists_of_names_are_cut():
    assert listed(["a", "b", "c"], most=2) == "a, b and 1 more"
    assert listed(["a", "b"], most=2) == "a, b"


def test_tells_unknown_settings_with_all_that_there_are():
    (message,) = problems(cuont=1)
    assert message == (
        "cuont: unknown setting; did you mean 'count'? settings: "
        "count, ratio, sizes, pair, at_least_two, flag, either, text, choice, variant, inner, many"
    )


def test_tells_every_fault():
    assert len(problems(count="x", ratio=0, inner={"depth": -1, "other": 1}, many=[{"scale": 2}])) == 5


def test_a_truth_value_stays_one_where_it_may_be():
    assert Outer(either=True, flag=True).either is True


def test_numbers_in_text_are_read():
    assert Outer.model_validate({"count": "7", "ratio": "1e-3"}) == Outer(count=7, ratio=0.001)


@pytest.mark.parametrize("data", [None, 3, "x", [], [("count", 1)]])
def test_settings_are_a_table(data):
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(data)
    assert problems_of(caught.value)[0].message.startswith("should be a table of settings; given ")


def test_settings_are_frozen_and_hashable():
    settings = Inner()
    with pytest.raises(ValidationError):
        settings.depth = 2
    assert hash(settings) == hash(Inner())


def test_keys_that_are_no_text_are_told():
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate({1: 2})
    assert [problem.place for problem in problems_of(caught.value)] == ["1"]  # not "[1]", which is an item of a list


def test_endless_and_enormous_values_are_shown_short():
    endless: list = []
    endless.append(endless)
    bomb: list = ["x"] * 9
    for _ in range(30):
        bomb = [bomb] * 9
    for value in (endless, bomb, "x" * 10**6, {str(key): key for key in range(10**4)}):
        assert len(shown(value)) <= 120
        assert len(problems(count=value)[0]) < 200
    assert len(shown(10**4000)) <= 120


def test_suggestion_helpers():
    assert closest("DEPHT", ["width", "depth"]) == "depth"
    assert closest("", ["width"]) is None
    assert closest("anything", []) is None
    assert did_you_mean("depht", ["depth"]) == "; did you mean 'depth'?"
    assert did_you_mean("zzz", ["depth"], otherwise=";") == ";"
    assert listed([]) == "none"
    assert [counted(number, "map") for number in (0, 1, 2)] == ["0 maps", "1 map", "2 maps"]
