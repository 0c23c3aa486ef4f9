"""What `explain` says of a name or a code: what it states, what it requires, a wrong and a right example."""

from __future__ import annotations

import ast
import re

from checks.catalogue import FOLDERS, NOUNS, Entry, entries, names
from checks.codes import CODES, Code
from checks.examples import code, of_batches
from checks.suites import SUITES
from checks.written.named import of_formulas
from derive.registry import unknown

# Fields in the order in which they are shown; whatever else a record has is code.
_SHOWN = ("statement", "kind", "at", "says", "approximates", "requires", "of", "route", "rules", "second",
          "unbiased", "reference", "source")  # fmt: skip


def explain(name: str) -> str:
    """The explanation of a rule, route, estimator, mistake, family, check or code.

    Raises ``UnknownName``, with the nearest name as help.
    """
    if name.upper() in CODES:
        return _code(CODES[name.upper()])
    found = _find(name)
    if not found:
        known = tuple(dict.fromkeys(n for kind in FOLDERS for n in names(kind)))
        known += tuple(entry.name for entry in (*of_batches(), *of_formulas()))
        raise unknown(name, "rule, estimator, mistake, family, check or code", (*known, *CODES))
    return "\n\n".join(map(_entry, found))


def _find(name: str) -> list[Entry]:
    """Every record of that name: a route and an estimator may share one."""
    everything = [*(entry for kind in FOLDERS for entry in entries(kind)), *of_batches(), *of_formulas()]
    return [e for e in everything if _stem(name) in (e.name, _stem(str(e.fields.get("name", ""))))]


def _stem(name: str) -> str:
    return name.replace("-", "_").replace(" ", "_")


def _code(code: Code) -> str:
    lines = [f"{code.code}: {code.title}", "", code.meaning]
    if code.wrong:
        lines += ["", f"wrong:  {code.wrong}", f"right:  {code.right}"]
    return "\n".join(lines)


def _entry(entry: Entry) -> str:
    title = f"{'check' if entry.kind == 'checks' else NOUNS[entry.kind]} {entry.label}"
    lines = [f"{title}: {entry.says}"]
    if entry.more:
        lines += ["", entry.more]
    fields = [(name, _shown(name, entry.fields[name])) for name in _SHOWN if name in entry.fields]
    lines += [""] * bool(fields) + [f"  {name}: {text}" for name, text in fields]
    shown = code(entry) if NOUNS[entry.kind] == "mistake" else []
    return "\n".join([*lines, *shown, *_examples(entry)])


def _shown(name: str, value: object) -> str:
    if name == "statement":
        return _equation(str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


# The generic terms of derive/rules/_statement.py, as `derive` prints them.
TERMS = {
    "DENSITY": "p(a; P(theta))", "BODY": "g(a, theta)", "LAW": "P(theta)", "BASE": "Q()", "F": "f(a, theta)",
    "LINE": "a=-oo..oo", "NOISE_LINE": "b=-oo..oo", "TRANSPORT": "T(b, theta)", "LOWER": "l(theta)",
    "UPPER": "u(theta)", "CONSTANT": "c", "RACE": "r", "_C": "c", "_F": "F", "_N": "n", "_P": "P",
    "_PLUS": "P_plus(theta)", "_V": "v(a, theta)",
    "_MINUS": "P_minus(theta)",
    # Those of derive/environment.
    "RETURN": "sum_t gamma**t r_t", "SCORES": "sum_t score_t", "PAIRS": "sum_t sum_k gamma**k E[score_t r_k]",
    "CAUSAL": "sum_t sum_{k>=t} gamma**k E[score_t r_k]", "CRITIC": "sum_t gamma**t E[score_t Q_t]",
    "TO_GO": "sum_t gamma**t E[score_t sum_{k>=t} gamma**(k-t) r_k]", "THETA": "theta", "TAU": "tau",
    "ADVANTAGE": "sum_t gamma**t E[score_t (Q_t - V_t)]", "HORIZON": "T", "TIME": "t",
    "VISITED": "sum_t gamma**t sum_s d_t(s) sum_a d/dtheta[pi(a | s)] Q_t(s, a)", "NOISE": "normal(0, 1)",
    "FEEDBACK": "feedback(theta)", "PATH_DENSITY": "p(tau; M(theta))", "PATH_LAW": "M(theta)",
    "LIKELIHOOD": "rho(s_0) prod_t pi(a_t | s_t) prod_t P(s_{t+1} | s_t, a_t)",
    "LOG_TERMS": "d log rho(s_0) + sum_t d log pi(a_t | s_t) + sum_t d log P(s_{t+1} | s_t, a_t)",
    "GRADIENT": "its polynomial in pi and gamma", "DRAWN": "E_[u ~ feedback(theta)][-sum_t x_t**2]",
    "FIXED": "E_[eps ~ normal(0, 1)][-sum_t x_t(theta, eps)**2]", "NOISY_RETURN": "-sum_t x_t(theta, eps)**2",
    "SCORED": "E_[u ~ feedback(theta)][-sum_t x_t**2 sum_t (u_t - theta x_t) x_t/sigma**2]",
    "CHAINED": "-sum_t 2 x_t dx_t", "UNDER_NOISE": "E_[eps ~ normal(0, 1)][f(theta, eps)]",
    "SLOPE_UNDER_NOISE": "E_[eps ~ normal(0, 1)][d/dtheta[f(theta, eps)]]",
    "NOISE_POWER": "E_[eps ~ normal(0, 1)][eps**4]", "NOISE_MOMENT": "3",
}  # fmt: skip


def _equation(source: str) -> str:
    """``Eq(left, right, evaluate=False)`` as ``left = right``, with the generic terms spelled out."""
    node = ast.parse(source, mode="eval").body
    if not isinstance(node, ast.Call) or len(node.args) != 2:
        return source
    sides = (re.sub(r"Function\('(\w+)'[^)]*\)", r"\1", ast.unparse(side)) for side in node.args)
    left, right = (re.sub(r"\b[A-Z_]{2,}\b|\bF\b(?!\()", _term, side) for side in sides)
    return f"{left} = {right}"


def _term(found: re.Match[str]) -> str:
    return TERMS.get(found[0], found[0])


def _examples(entry: Entry) -> list[str]:
    wrong, right = _wrong(entry), _right(entry)
    return [""] * bool(wrong or right) + [f"  wrong: {w}" for w in wrong] + [f"  right: {r}" for r in right]


def _wrong(entry: Entry) -> list[str]:
    """A rule's own counterexample, an estimator's known mistakes, a mistake itself."""
    if entry.kind in ("rules", "environment_rules"):
        return [doc for doc in [_counterexample(entry)] if doc]
    if NOUNS[entry.kind] == "estimator":
        known = [m for kind in FOLDERS if NOUNS[kind] == "mistake" for m in entries(kind)]
        wrong = [m for m in known if m.fields["of"] == entry.name]
        what = "second derivative" if entry.kind.startswith("higher_order") else "gradient"
        return [f"{m.name}: your mean equals the {what} {m.fields['says']}" for m in wrong]
    return []


def _right(entry: Entry) -> list[str]:
    """A command in which the thing can be seen at work."""
    if entry.kind == "environment_rules":
        simulator = "dynamics" in entry.path.read_text(encoding="utf-8")
        return ["python cli.py derive environment" if simulator else "python cli.py derive policy-gradient"]
    if entry.kind == "problems":
        suites = {"mdp": "policy-gradient", "latent_model": "multi-sample"}
        suite = suites.get(entry.fields["kind"], "environment")
        return [f"python cli.py verify {suite} --family {entry.name}"]
    if entry.kind in ("rules", "routes"):
        route = entry if entry.kind == "routes" else _route_with(entry.name)
        checks = {"pathwise": "reparam", "score_function": "score-function", "product_split": "product-rule"}
        checks |= dict.fromkeys(("score_function_twice", "pathwise_twice", "direct_twice"), "higher-order")
        check = checks.get(route.name) if route else None
        return [f"python cli.py derive {check} --family normal --integrand 'mu*a**2'"] if check else []
    if entry.kind == "families":
        return [f"python cli.py verify reparam --family {entry.name}"]
    if entry.kind == "checks":
        return [f"python cli.py verify {entry.label}"]
    spec = next((s for name in SUITES for s in SUITES[name] if s.estimator == entry.name), None)
    if spec is None:
        return []
    return [f"python cli.py verify {spec.check} --family {spec.family} --integrand '{spec.integrand}' "
            f"--estimator {spec.estimator}"]  # fmt: skip


def _route_with(rule: str) -> Entry | None:
    every = ((r, (*r.fields["rules"], *r.fields.get("second", ()))) for r in entries("routes"))
    return next((route for route, rules in every if rule in rules), None)


def _counterexample(entry: Entry) -> str:
    """The first line of what the rule's counterexample says of itself."""
    module = ast.parse(entry.path.read_text(encoding="utf-8"))
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name == entry.fields.get("counterexample"):
            return (ast.get_docstring(node) or "").partition("\n")[0]
    return ""
