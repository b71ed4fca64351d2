"""Step sizes: a number or an expression in d and n such as ``0.25/sqrt(d)``.

The text is parsed into a syntax tree of which only arithmetic is accepted and
which is walked here; nothing of it is ever executed as code.
"""

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable

from gdexp.util.errors import ConfigError

APART = re.compile(r"(?<=[\w.])\s+(?=[\w.])|(?<=\*)\s+(?=\*)")  # else one would be read
MAX_LENGTH = 200  # longer texts are no step sizes, and deep trees exhaust the stack

OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
FUNCTIONS: dict[str, Callable[[float], float]] = {
    "sqrt": math.sqrt,
    "log": math.log,
    "log2": math.log2,
    "exp": math.exp,
}


def step_size(expression: str | float, *, d: int, n: int) -> float:
    """Evaluate a step-size expression.

    Parameters
    ----------
    expression : str or float
        Numbers, ``d`` (the dim of the cell), ``n`` (its number of samples),
        ``+ - * / **``, parentheses and sqrt, log, log2, exp.
    d, n : int
        The values to put in.

    Returns
    -------
    float
        The step size, positive and finite.

    Raises
    ------
    ConfigError
        If the text does not parse, uses another name, or gives a value that is
        not a positive finite number.

    Examples
    --------
    >>> step_size("0.25/sqrt(d)", d=16, n=2)
    0.0625
    """
    text = str(expression).strip()
    shown = text if len(text) <= 40 else text[:37] + "..."
    if len(text) > MAX_LENGTH:
        raise ConfigError(
            f"step {shown!r} has {len(text)} characters; allowed: at most {MAX_LENGTH}"
        )
    try:
        if "_" in text or "#" in text:  # 1_000 is a text for YAML, # begins a comment
            raise ValueError
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text, mode="eval")
        value = _walk(tree.body, {"d": float(d), "n": float(n)})
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        raise ConfigError(
            f"step {shown!r} does not parse; allowed: a number or an expression in"
            f" d and n with + - * / ** ( ) and {', '.join(FUNCTIONS)}"
        ) from None
    except ArithmeticError as error:
        raise ConfigError(
            f"step {shown!r} has no value at d={d}, n={n}: {error}"
        ) from None
    if not (isinstance(value, float) and math.isfinite(value) and value > 0):
        raise ConfigError(
            f"step {shown!r} is {value} at d={d}, n={n}; allowed: positive and finite"
        )
    return value


def text_of(step: str | float) -> str:
    """Return a step-size expression as text, one text for each way to write a number.

    >>> text_of("1.0e-12"), text_of(1.0), text_of("0.25 / sqrt(d)")
    ('1e-12', '1', '0.25/sqrt(d)')
    """
    text = str(step).strip()
    if APART.search(text):
        return text  # refused where it is used
    text = "".join(text.split())
    try:
        value = float(text)
    except ValueError:
        return text
    if "_" in text or not math.isfinite(value):
        return text  # this too
    return str(int(value)) if value.is_integer() and value < 1e16 else repr(value)


def _walk(node: ast.AST, names: dict[str, float]) -> float:
    match node:
        # bool is an int for Python but no number for a reader
        case ast.Constant(value=int() | float() as number) if number is not True:
            return float(number)
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_walk(left, names), _walk(right, names))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_walk(operand, names))
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if (
            name in FUNCTIONS
        ):
            return FUNCTIONS[name](_walk(argument, names))
    raise ValueError
