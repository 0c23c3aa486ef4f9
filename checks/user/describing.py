"""A law that is in no catalogue, in words: a file, a log-density, or a known law in other parameters.

What it says is checked where it is parsed (``derive.densities``); here it becomes plain data, without SymPy.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

from checks.user.errors import UserError
from derive.syntax import assignments

KEYS = ("name", "log_density", "law", "support", "lattice", "parameters", "transport")
_NAME = re.compile(r"[^\W\d]\w*(?:\[\d+(?:,\d+)?\])?")


class BadDescription(UserError):
    """A description of a law that lacks something, or has something that it should not."""


@dataclass(frozen=True, slots=True)
class Described:
    """A described law: its ``name``, the values of its parameters, and all of it as JSON text."""

    name: str
    point: tuple[tuple[str, Fraction], ...]
    text: str


def is_description(family: str) -> bool:
    """Whether ``--family`` is no name, but a file or a law such as ``normal(mu, exp(rho))``."""
    return family.endswith(".toml") or "(" in family


def described(family: str, at: str | None) -> Described:
    """``my_density.toml``, or ``normal(mu, exp(rho))`` with its parameters and their values in ``at``.

    Raises ``BadDescription``.
    """
    if family.endswith(".toml"):
        return _moved(_from_file(Path(family)), at)
    return _made({"name": "".join(family.split()), "law": family, "parameters": _given(at, family, family)})


def log_density(text: str, support: Sequence[str], at: str | None, lattice: bool = False) -> Described:
    """A log-density in the sample ``a``, with its parameters and their values in ``at``.

    A parameter is taken to keep the sign that it has at the point: nothing else is near it.
    """
    if isinstance(support, str) or len(support) != 2:
        raise BadDescription(f"the support is {support!r}, not two ends", "write it as 0,oo or -oo,oo")
    ends = [[str(end) for end in support]]
    given = {"log_density": text, "support": ends, "lattice": lattice}
    given["parameters"] = _given(at, " ".join((text, *ends[0])), "the log-density")
    return _made({"name": "density", **given})


def from_mapping(given: Mapping[str, Any], where: str) -> Described:
    """A description with the keys of a file; ``where`` is what messages call it."""
    unknown = [key for key in given if key not in KEYS]
    if unknown:
        raise BadDescription(f"{where}: there is no key '{unknown[0]}'", f"the keys are {', '.join(KEYS)}")
    if ("log_density" in given) == ("law" in given):
        raise BadDescription(
            f"{where}: it needs either log_density or law",
            'as in log_density = "-(a - mu)**2/2 - log(2*pi)/2", or law = "normal(mu, exp(rho))"',
        )
    parameters = given.get("parameters")
    if not isinstance(parameters, Mapping) or not parameters:
        raise BadDescription(f"{where}: it has no parameters", "[parameters] with lines such as mu = '1/2'")
    read = {key: given[key] for key in ("name", "log_density", "law") if key in given}
    read["lattice"] = bool(given.get("lattice", False))
    read["parameters"] = [_parameter(name, value, where) for name, value in parameters.items()]
    if "log_density" in given:
        read["support"] = _support(given.get("support"), where)
    if "transport" in given:
        read["transport"] = _transport(given["transport"], where)
    return _made(read)


def _from_file(path: Path) -> Described:
    if not path.is_file():
        raise BadDescription(f"there is no file '{path}'", "--family takes a name, a law, or a .toml file")
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadDescription(
            f"{path} is not TOML: {error}", '`name = "value"` on lines of their own'
        ) from None
    return from_mapping({"name": path.stem.replace("-", "_"), **given}, str(path))


def _parameter(name: str, value: object, where: str) -> dict[str, str]:
    if not _NAME.fullmatch(name) or name in ("a", "b"):
        raise BadDescription(
            f"{where}: '{name}' cannot be a parameter", "a is the sample and b the noise; others are free"
        )
    fields = value if isinstance(value, Mapping) else {"at": value}
    strange = set(fields) - {"at", "lower", "upper"}
    if strange or "at" not in fields:
        raise BadDescription(
            f"{where}: the parameter {name} is {value!r}", f"write {name} = {{ at = '1/2', lower = 0 }}"
        )
    return {key: str(text) for key, text in fields.items()} | {"name": name}


def _support(value: object, where: str) -> list[list[str]]:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        raise BadDescription(f"{where}: the support is {value!r}", 'write it as support = ["0", "oo"]')
    return [[str(end) for end in value]]


def _transport(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, Mapping) or set(value) != {"noise", "map"}:
        raise BadDescription(
            f"{where}: a transport has noise and map", 'noise = "normal(0, 1)" and map = "mu + sigma*b"'
        )
    path = value["map"]
    return {"noise": str(value["noise"]), "map": [path] if isinstance(path, str) else list(path)}


def _given(at: str | None, text: str, what: str) -> list[dict[str, str]]:
    """The names in ``text`` that ``at`` gives values to, each on the side of zero where it is."""
    found = []
    for name, (value, _) in (assignments(at) if at else {}).items():
        if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            continue  # a constant of the integrand
        number = _number(value, name)
        side = {"lower": "0"} if number > 0 else {"upper": "0"} if number < 0 else {}
        found.append({"name": name, "at": str(number), **side})
    if not found:
        raise BadDescription(
            f"the parameters of {what} have no values", "give all of them, as in --at mu=1/2"
        )
    return found


def _number(text: str, name: str) -> Fraction:
    try:
        return Fraction("".join(text.split()))
    except (ValueError, ZeroDivisionError):
        raise BadDescription(f"{name} = {text} is not a number", "write 1/2 or 0.5") from None


def _moved(read: Described, at: str | None) -> Described:
    """The values of ``at`` in place of the file's."""
    given = {name: _number(value, name) for name, (value, _) in assignments(at).items()} if at else {}
    content = json.loads(read.text)
    for parameter in content["parameters"]:
        if parameter["name"] in given:
            parameter["at"] = str(given[parameter["name"]])
    return _made(content)


# The descriptions of this process by name: what is known of a law is kept under its name.
_TAKEN: dict[str, str] = {}


def _made(content: dict[str, Any]) -> Described:
    point = tuple((p["name"], _number(p["at"], p["name"])) for p in content["parameters"])
    # The same law at another point keeps its name.
    text = json.dumps({**content, "parameters": [_apart(p) for p in content["parameters"]]}, sort_keys=True)
    name = str(content["name"])
    if _TAKEN.setdefault(name, text) != text:
        name = f"{name}_{sha256(text.encode()).hexdigest()[:6]}"
        _TAKEN[name] = text
    return Described(name, point, json.dumps({**content, "name": name}, sort_keys=True))


def _apart(parameter: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in parameter.items() if key != "at"}
