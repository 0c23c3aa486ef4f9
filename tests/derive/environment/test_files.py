"""Problem files: what they say, and a clear error that names the place for each thing that is wrong."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from derive.environment.black_box import BlackBox
from derive.environment.files import FOLDER, load, names
from derive.environment.kinds import environment, read
from derive.environment.latent import Latent
from derive.environment.linear_quadratic import LinearQuadratic
from derive.environment.mdp import Mdp
from derive.errors import BadProblem, DeriveError, OutsideDomain, UnknownName

TEXT = (FOLDER / "mdp2.toml").read_text(encoding="utf-8")


def test_every_problem_of_ours_is_read() -> None:
    kinds = {name: type(environment(name)) for name in names()}
    assert set(kinds.values()) == {Mdp, LinearQuadratic, BlackBox, Latent}
    assert kinds["mdp2"] is Mdp
    assert all(load(name)["says"] for name in names())


def written(folder: Path, old: str = "", new: str = "") -> str:
    assert old in TEXT
    path = folder / "mine.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    return str(path)


def test_decimals_are_exact(tmp_path: Path) -> None:
    made = environment(written(tmp_path, 'discount = "9/10"', "discount = 0.9"))
    assert isinstance(made, Mdp)
    assert made.discount == Fraction(9, 10)
    assert made.rewards == environment("mdp2").rewards  # type: ignore[union-attr]  # it is a process


WRONG = [
    ("a row", 'high = "1/5" }', 'high = "1/10" }', OutsideDomain,
     "row of transitions from 'low' by 'stay' sums to 9/10, not 1"),
    ("a negative", '{ low = "7/10", high = "3/10" }', '{ low = "13/10", high = "-3/10" }', OutsideDomain,
     "from 'high' by 'stay' has probability -3/10 for 'high'"),
    ("the start", 'start = { low = "3/4"', 'start = { low = "1/2"', OutsideDomain,
     "the start sums to 3/4, not 1"),
    ("the policy", 'stay = "2/3", go = "1/3"', 'stay = "2/3", go = "2/3"', OutsideDomain,
     "the policy in 'low' sums to 4/3, not 1"),
    ("a sure action", 'stay = "2/3", go = "1/3"', "stay = 1, go = 0", OutsideDomain,
     "takes 'go' in 'low' with probability 0"),
    ("the behaviour", 'stay = "3/4", go = "1/4"', 'stay = "3/4", go = "3/4"', OutsideDomain,
     "behaviour: the policy in 'high' sums to 3/2, not 1"),
    ("a key", "horizon", "horizn", BadProblem, "'horizn' means nothing here"),
    ("a state", "[transitions.high]", "[transitions.hihg]", BadProblem, "'hihg' means nothing here"),
    ("an action", "stay = 2, go = 6", "stay = 2, og = 6", BadProblem, "in 'high': 'og' means nothing"),
    ("a word", "stay = 1", 'stay = "one"', BadProblem, "'stay' is 'one', which is not an exact number"),
    ("a reward of the next state", "stay = 1", "stay = { high = 1 }", BadProblem, "'stay' is a table, not a"),
    ("a number that fills the memory", "discount = \"9/10\"", "discount = 1e-999999999", BadProblem,
     "the discount is '1e-999999999', which is not an exact number"),
    ("a number of many digits", "stay = 1", f"stay = {'1' * 5000}", BadProblem, "is not TOML"),
    ("endless brackets", "start = {", f"odd = {'[' * 5000}\nstart = {{", BadProblem, "is not TOML"),
    ("a truth", "stay = 1", "stay = true", BadProblem, "is True, which is not an exact number"),
    ("no fraction", 'discount = "9/10"', 'discount = "9/0"', BadProblem, "the discount is '9/0'"),
    ("syntax", 'discount = "9/10"', "discount = 9/10", BadProblem, "is not TOML: .*line 4"),
    ("a kind", 'kind = "mdp"', 'kind = "mpd"', BadProblem, "the kind 'mpd' is not known"),
    ("kinds", 'kind = "mdp"', 'kind = ["mdp"]', BadProblem, "the kind .* is not known"),
    ("the horizon", "horizon = 2", "horizon = 0", OutsideDomain, "the horizon is 0, not a whole number"),
    ("half a step", "horizon = 2", "horizon = 2.5", OutsideDomain, "the horizon is '2.5'"),
    ("a sigmoid", '"stay", "go"]', '"stay", "go", "jump"]', BadProblem, "'jump' is missing"),
    ("the name twice", '["low", "high"]', '["low", "low"]', BadProblem, "a name stands twice in states"),
    ("no list", '["low", "high"]', '"low"', BadProblem, "states is 'low', not a list of names"),
    ("no table", 'start = { low = "3/4", high = "1/4" }', "start = 1", BadProblem, "is 1, not a table"),
    ("a form", '"sigmoid"', '"relu"', BadProblem, "the parametrization 'relu' is not known"),
    ("a discount", 'discount = "9/10"', "discount = 1.5", OutsideDomain, "the discount 3/2 is not between"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "error", "says"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_what_is_wrong_is_named(
    tmp_path: Path, old: str, new: str, error: type[DeriveError], says: str
) -> None:
    path = written(tmp_path, old, new)
    with pytest.raises(error, match=says) as caught:
        environment(path)
    assert path in caught.value.message


def test_a_near_name_is_offered(tmp_path: Path) -> None:
    path = written(tmp_path)
    with pytest.raises(BadProblem, match="there is no such file") as caught:
        load(path.replace("mine", "mien"))
    assert f"did you mean '{path}'?" in str(caught.value.help)
    with pytest.raises(BadProblem) as caught:
        environment(written(tmp_path, "horizon", "horizn"))
    assert "did you mean 'horizon'?" in str(caught.value.help)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadProblem, match="it is not text in UTF-8"):
        load(str(path))


def test_a_sigmoid_has_two_actions() -> None:
    with pytest.raises(BadProblem, match="a sigmoid chooses between two actions, not 3"):
        read("mine", {**load("corridor"), "parametrization": "sigmoid"})


def test_one_action_is_no_policy() -> None:
    one = {"wait": {"here": 1}}
    data = {"kind": "mdp", "horizon": 1, "discount": 1, "states": ["here"], "actions": ["wait"]}
    tables = {
        "start": {"here": 1},
        "policy": {"here": {"wait": 1}},
        "rewards": {},
        "transitions": {"here": one},
    }
    with pytest.raises(BadProblem, match="with one action there is no policy to learn"):
        read("mine", {**data, **tables})


def test_an_unreachable_reward_is_a_note(tmp_path: Path) -> None:
    text = TEXT.replace('["low", "high"]', '["low", "high", "moon"]')
    for header in ("[policy]\n", "[behaviour]\n"):
        text = text.replace(header, f'{header}moon = {{ stay = "1/2", go = "1/2" }}\n')
    text = text.replace("[rewards]", "[transitions.moon]\nstay = { moon = 1 }\ngo = { low = 1 }\n\n[rewards]")
    path = tmp_path / "moon.toml"
    path.write_text(text + "moon = { go = 5 }\n", encoding="utf-8")
    made = environment(str(path))
    assert made.unreachable() == ("the reward 5 of 'go' in 'moon' is never reached in 2 steps",)
    assert environment("mdp2").unreachable() == ()


def test_the_simulator_and_the_black_box_refuse_no_noise() -> None:
    with pytest.raises(OutsideDomain, match="sigma = 0 is not positive"):
        environment("lq2").at({"sigma": Fraction(0)})
    with pytest.raises(OutsideDomain, match="the width s = 0 is not positive"):
        environment("smoothing").at({"s": Fraction(0)})
    with pytest.raises(UnknownName, match="no number of lq2 is called 'C'"):
        environment("lq2").at({"C": Fraction(1)})
    with pytest.raises(UnknownName, match="no number of smoothing is called 'x'"):
        environment("smoothing").at({"x": Fraction(1)})
    with pytest.raises(BadProblem, match="the integrand is 3, not text"):
        read("mine", {**load("smoothing"), "integrand": 3})
    with pytest.raises(BadProblem, match="t has 3 coordinates"):
        read("mine", {**load("smoothing"), "t": [1, 2, 3]})
    with pytest.raises(OutsideDomain, match="the horizon is True"):
        read("mine", {**load("lq2"), "horizon": True})
