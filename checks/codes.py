"""The codes that messages carry, with what they mean and a wrong and a right command for each."""

from __future__ import annotations

from dataclasses import dataclass

_VERIFY = "python cli.py verify reparam --family normal"


@dataclass(frozen=True, slots=True)
class Code:
    """D1xx input, D2xx algebra, D3xx conditions, E2xx verdicts, E3xx left open, E4xx our fault.

    ``wrong`` is a command that gives the code and ``right`` one that does not; verdicts on somebody's
    own code have none, because it takes that code.
    """

    code: str
    title: str
    meaning: str
    wrong: str = ""
    right: str = ""


CODES = {
    c.code: c
    for c in (
        Code(
            "D101",
            "the expression cannot be read",
            "Expressions are read by a grammar, as SymPy writes them: ** for powers, * for every product, "
            "functions with parentheses. The caret shows where reading stopped.",
            f"{_VERIFY} --integrand 'a^2'",
            f"{_VERIFY} --integrand 'a**2'",
        ),
        Code(
            "D102",
            "a name that nothing carries",
            "A family, check, estimator, parameter or function is called differently, or is not there.",
            "python cli.py verify reparam --family nromal",
            "python cli.py verify reparam --family normal",
        ),
        Code(
            "D103",
            "a value outside the domain",
            "Every parameter has an open domain, such as sigma > 0. At its edge the law degenerates and "
            "there is no derivative.",
            f"{_VERIFY} --integrand 'a**2' --at sigma=0",
            f"{_VERIFY} --integrand 'a**2' --at sigma=1/2",
        ),
        Code(
            "D104",
            "the expectation does not exist",
            "E|g(a)| is infinite at this point, so there is nothing to differentiate. Numbers that a sampler "
            "gives there mean nothing.",
            "python cli.py verify reparam --family cauchy --integrand 'a'",
            "python cli.py verify reparam --family cauchy --integrand 'log(1 + a**2)'",
        ),
        Code(
            "D105",
            "a problem file that cannot be",
            'A problem file is TOML with exact numbers: 3, 0.45 or "9/20". The message names the file and '
            "the place: a file that is not there, a key that means nothing, a row that is missing.",
            "python cli.py verify policy-gradient --family nowhere.toml",
            "python cli.py verify policy-gradient --family mdp2 --estimator reinforce",
        ),
        Code(
            "D201",
            "no closed form",
            "The engine knows none; nothing is said about whether there is one. The exact value is then "
            "enclosed by ball arithmetic, and the verdict stands on that.",
        ),
        Code(
            "D202",
            "a step was refuted",
            "The two sides of a step differ at a rational point, which is shown. If gradproof made the step "
            "itself, that is a bug.",
        ),
        Code(
            "D203",
            "undecided",
            "Neither a proof nor a refutation was found within the time limit. What was not refuted is not "
            "called true.",
        ),
        Code(
            "D301",
            "a side condition fails",
            "The rule is true only under its conditions, and one of them is false here: an end or a jump "
            "that moves with the parameter, a map that is no transport, a tail that is too heavy.",
            "python cli.py derive reparam --family uniform --integrand 'Heaviside(a)'",
            "python cli.py derive product-rule --family uniform --integrand 'Heaviside(a)'",
        ),
        Code(
            "E201",
            "refuted",
            "The mean of this estimator is not the gradient. The evidence is named; where a known mistake "
            "has exactly this mean, it is named too.",
            f"{_VERIFY} --integrand 'Heaviside(a - 1)' --estimator pathwise",
            f"{_VERIFY} --integrand 'Heaviside(a - 1)' --estimator score_function",
        ),
        Code(
            "E202",
            "unexpected agreement",
            "An estimator that is known to be biased agreed with the gradient: at a special point its bias "
            "vanishes, or our statement about it is wrong.",
        ),
        Code(
            "E203",
            "refuted, but not as stated",
            "A biased estimator was refuted, and its mean is not the exact wrong mean that is stated for it.",
        ),
        Code(
            "E310",
            "untestable",
            "The estimator does not apply, or its variance is infinite, so that no number of samples gives a "
            "valid error bar. The derivation stands by itself; only the numeric check is open.",
        ),
        Code(
            "E320",
            "inconclusive",
            "The budget ended before the test decided. The report says which bias it has ruled out.",
        ),
        Code(
            "E400",
            "broken",
            "gradproof contradicts itself or failed: its fault, never the user's. Please report the command.",
        ),
    )
}

# The code of each error class of derive, by name, so that nothing is imported to look one up.
OF_ERROR = {
    "BadExpression": "D101",
    "UnknownSymbol": "D102",
    "UnknownName": "D102",
    "OutsideDomain": "D103",
    "NoExpectation": "D104",
    "BadProblem": "D105",
    "NoClosedForm": "D201",
    "StepRefuted": "D202",
    "Undecided": "D203",
    "ConditionRefuted": "D301",
    "NotApplicable": "D301",
}
