import math
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdexp.core.steps import step_size, text_of
from gdexp.util.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (1, 1.0),
        (0.25, 0.25),
        ("1e4", 1e4),
        ("0.25/sqrt(d)", 0.0625),
        ("8/d", 0.5),
        ("2**-6", 2**-6),
        ("n * log(d)", 3 * math.log(16)),
        ("-(-1)", 1.0),
        (" (1 + d) / 2 ", 8.5),
        ("log2(d) + exp(0)", 5.0),
    ],
)
def test_value(text, value):
    assert step_size(text, d=16, n=3) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1/sqrt(",
        "x",
        "d.real",
        "sqrt",
        "sqrt(d, n)",
        "sqrt(x=d)",
        "open('f')",
        "__import__('os').system('true')",
        "().__class__",
        "d if n else 1",
        "[1]",
        "True",
        "'1'",
        "1j",
        "d @ n",
        "1; 2",
        "d\x00",
        "lambda: 1",
        "9**9**9**9",
        "1/(d-16)",
        "sqrt(1-d)",
        "(0-d)**0.5",
        "0",
        "-1",
        "nan",
        "1e999",
        float("nan"),
        float("inf"),
        "(" * 500 + "1" + ")" * 500,
        "1+" * 5000 + "1",
        "1 5",
        "0. 15",
        "1 .5",
        "2 * * 3",
        "1/d#*0.001",
        "1if 1else 2",
    ],
)
def test_refused_in_one_line(text):
    """As it was given, and as a spec spells it: no number is made of two."""
    for spelled in (text, text_of(text)):
        with (
            warnings.catch_warnings(record=True, action="always") as told,
            pytest.raises(ConfigError) as caught,
        ):
            step_size(spelled, d=16, n=3)
        assert not told  # each would be a line on the screen
        assert str(caught.value).startswith("step ")
        assert "\n" not in str(caught.value)


@given(st.text(alphabet="dn0123456789.+-*/() sqrtloexp_'[],", max_size=60))
def test_never_anything_but_a_number_or_a_config_error(text):
    try:
        value = step_size(text, d=16, n=3)
    except ConfigError:
        return
    assert math.isfinite(value)
    assert value > 0
