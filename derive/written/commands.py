"""LaTeX's commands and what they are to the grammar: the whole vocabulary of the reader."""

from __future__ import annotations

from derive.functions import FUNCTIONS

GREEK = frozenset(
    (
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu",
        "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "varphi", "ell",
        "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega",
    )
)  # fmt: skip
SAME_LETTER = {"varepsilon": "epsilon", "vartheta": "theta", "varrho": "rho", "varsigma": "sigma"}

# Commands that leave no trace in a formula: spaces, sizes of type, numbering.
SILENT = frozenset(
    (
        ",", ";", ":", "!", " ", ">", "/", "quad", "qquad", "thinspace", "medspace", "thickspace", "enspace",
        "displaystyle", "textstyle", "scriptstyle", "limits", "nolimits", "nonumber", "notag", "hfill",
        "mathstrut", "strut", "allowbreak", "relax", "negthinspace", "normalsize",
    )
)  # fmt: skip
# Commands whose arguments are dropped, with how many they take.
DROPPED = {
    "label": 1, "tag": 1, "tag*": 1, "hspace": 1, "hspace*": 1, "vspace": 1, "phantom": 1, "hphantom": 1,
    "vphantom": 1, "color": 1,
}  # fmt: skip
SIZES = frozenset(
    f"{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")
) | {"left", "right", "middle"}
FONTS = frozenset(
    (
        "mathbb", "mathbf", "mathcal", "mathrm", "mathsf", "mathit", "mathscr", "mathfrak", "mathop",
        "mathtt", "boldsymbol", "bm", "pmb", "mathbbm", "operatorname", "operatorname*", "mathnormal",
        "textrm", "textbf", "textit", "textsf",
    )
)  # fmt: skip
TEXTS = frozenset(("text", "mbox", "textnormal", "hbox", "intertext", "shortintertext"))
ACCENTS = frozenset(("tilde", "hat", "bar", "vec", "check", "overline", "widetilde", "widehat", "underline"))
TRANSPARENT = frozenset(("boxed", "mathord", "mathrel", "mathbin", "substack", "smash"))
ANNOTATED = {"overset": "over", "stackrel": "over", "underset": "under"}
BRACED = frozenset(("underbrace", "overbrace"))

DELIMITERS = {
    "(": "LPAR", ")": "RPAR", "[": "LBRACK", "]": "RBRACK", "\\{": "LBRACE", "\\}": "RBRACE", "|": "BAR",
    "\\lbrace": "LBRACE", "\\rbrace": "RBRACE", "\\lbrack": "LBRACK", "\\rbrack": "RBRACK", "\\vert": "BAR",
    "\\lvert": "LBAR", "\\rvert": "RBAR", "\\mid": "MID", "\\lparen": "LPAR", "\\rparen": "RPAR",
}  # fmt: skip

SYMBOLS = {
    "+": "PLUS", "-": "MINUS", "*": "TIMES", "/": "SLASH", "=": "EQ", "<": "REL", ">": "REL", ",": "COMMA",
    ";": "SEMI", "'": "PRIME", "!": "BANG", "−": "MINUS", "·": "TIMES", "×": "TIMES", "’": "PRIME",
}  # fmt: skip

COMMANDS = {
    "cdot": "TIMES", "times": "TIMES", "ast": "TIMES", "frac": "FRAC", "dfrac": "FRAC", "tfrac": "FRAC",
    "cfrac": "FRAC", "sqrt": "SQRT", "partial": "PARTIAL", "nabla": "NABLA", "int": "INT", "sum": "SUM",
    "prod": "PROD", "infty": "INFTY", "sim": "SIM", "in": "IN", "ne": "NE", "neq": "NE", "le": "REL",
    "leq": "REL", "ge": "REL", "geq": "REL", "lt": "REL", "gt": "REL", "leqslant": "REL", "geqslant": "REL",
    "coloneqq": "EQ", "triangleq": "EQ", "equiv": "EQ", "Pr": "PROB", "land": "AND", "wedge": "AND",
    "lor": "OR", "vee": "OR", "colon": "COLON",
}  # fmt: skip
RELATIONS = {
    "<": "<", ">": ">", "\\lt": "<", "\\gt": ">", "\\le": "<=", "\\leq": "<=", "\\leqslant": "<=",
    "\\ge": ">=", "\\geq": ">=", "\\geqslant": ">=",
}  # fmt: skip

# Relations that no line may claim: they are refused by name.
NOT_EQUALITIES = {
    "approx": "an approximation", "simeq": "an approximation", "cong": "a congruence",
    "propto": "a proportionality", "to": "a limit", "rightarrow": "a limit", "longrightarrow": "a limit",
    "Rightarrow": "an implication", "implies": "an implication", "iff": "an equivalence",
    "Leftrightarrow": "an equivalence", "mapsto": "a map", "ll": "an estimate", "gg": "an estimate",
    "lesssim": "an estimate", "leftarrow": "an assignment", "gets": "an assignment",
    "Longrightarrow": "an implication",
}  # fmt: skip

FUNCTION_COMMANDS = {
    "log": "log", "ln": "log", "exp": "exp", "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "asin",
    "arccos": "acos", "arctan": "atan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "max": "max",
    "min": "min",
}  # fmt: skip
FUNCTION_WORDS = {name: name for name in FUNCTIONS} | FUNCTION_COMMANDS | {
    "sgn": "sign", "ReLU": "relu", "logit": "logit", "erfc": "erfc", "sigm": "sigmoid", "H": "Heaviside",
    "expit": "sigmoid", "polygamma": "polygamma", "abs": "Abs", "lowergamma": "lowergamma",
}  # fmt: skip

UNREAD = {
    "ldots": "dots leave terms unwritten: write them out or use \\sum",
    "cdots": "dots leave terms unwritten: write them out or use \\sum",
    "dots": "dots leave terms unwritten: write them out or use \\sum",
    "lim": "limits are not read; write the line that the limit is taken of",
    "pm": "a line claims one equality: write + or -",
    "mp": "a line claims one equality: write + or -",
    "iint": "write \\int \\int with a differential for each",
    "oint": "write \\int",
    "dot": "write a derivative with \\frac{\\partial}{\\partial\\theta} or a prime",
    "circ": "write a composition as f(g(a))",
    "includegraphics": "a picture of a formula cannot be read: type it",
    "mathchoice": "type the formula directly",
    "def": "definitions of commands are not read: type the formula in full",
    "newcommand": "definitions of commands are not read: type the formula in full",
}
