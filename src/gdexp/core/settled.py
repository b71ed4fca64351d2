"""Names and settings of a spec, settled: one way for each thing that can be run."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from gdexp.core.losses import LOSSES
from gdexp.core.member import Member, build, settings_of, typed, types_of
from gdexp.core.methods import METHODS, Method
from gdexp.core.models import MODELS
from gdexp.util.errors import ConfigError, allowed, short, shown, unknown

# names of a method together with a loss
ALIASES = {
    "perceptron": ("gd", "perceptron"),
    "normalized_perceptron": ("normalized_gd", "perceptron"),
}


def algorithms() -> list[str]:
    """Return the names that `algorithm` may have."""
    return [*METHODS, *ALIASES]


def method_of(algorithm: str) -> type[Method]:
    """Return the method of an algorithm.

    >>> method_of("perceptron").name
    'gd'
    """
    return METHODS[ALIASES.get(algorithm, (algorithm, ""))[0]]


def names_of(model: str, algorithm: str, loss: str | None) -> tuple[str, str]:
    """Return what algorithm and loss are called, one way for each pair.

    >>> names_of("linear", "gd", "perceptron"), names_of("linear", "gd", None)
    (('perceptron', 'perceptron'), ('gd', 'logistic'))
    """
    for kind, name, known in (
        ("model", model, MODELS),
        ("algorithm", algorithm, algorithms()),
        ("loss", loss or "logistic", LOSSES),
    ):
        if name not in known:
            raise ConfigError(unknown(kind, name, known))
    if algorithm in ALIASES:
        method, own = ALIASES[algorithm]
        if loss not in (None, own):
            raise ConfigError(
                f"loss {loss!r} for algorithm {algorithm!r}, which is {method} with the"
                f" loss {own!r}; allowed: leave it out"
            )
        loss = own
    elif METHODS[algorithm].weighs and loss is not None:
        raise ConfigError(
            f"loss {loss!r} for algorithm {algorithm!r}, which has sample weights of"
            " its own; allowed: leave it out"
        )
    for alias, pair in ALIASES.items():
        if pair == (algorithm, loss):
            algorithm = alias
    return algorithm, loss or "logistic"


def start_of(start: str | None, model: str, algorithm: str) -> str | None:
    """Return the start, zero by default, None for models that draw their own."""
    if not isinstance(start, str | None):
        raise ConfigError(f"start {shown(start)}; allowed: a name, see 'gdexp run -h'")
    if not MODELS[model].draws:
        start = start or "zero"
    elif start is not None:
        raise ConfigError(
            f"start {shown(start)} for model {model!r}, which draws its own; allowed:"
            " leave it out"
        )
    if method_of(algorithm).from_zero and start != "zero":
        raise ConfigError(
            f"start {shown(start)} for algorithm {algorithm!r}, which starts at zero;"
            " allowed: zero"
        )
    return start


def settled(
    members: Sequence[type[Member]], given: Mapping[str, Any]
) -> tuple[tuple[str, Any], ...]:
    """Return the settings of members, by name, whole numbers whole, none left over."""
    taken: dict[str, type[Member]] = {}
    for each in members:
        for key in settings_of(each):
            other = taken.setdefault(key, each)
            if other is not each:  # a record has one of each name
                raise ConfigError(
                    f"{other.__name__} and {each.__name__} both have a setting {key!r};"
                    " rename that of your own"
                )
    taken.pop("step", None)
    left = {key: x for key, x in given.items() if x is not None}
    for key in left:
        if key not in taken:
            names = ", ".join(f"{each.name!r}" for each in members)
            what = allowed(sorted(taken), key) if taken else "allowed: leave it out"
            raise ConfigError(
                f"{short(key)} {shown(left[key])} is no setting of {names}; {what}"
            )
    found: dict[str, Any] = {}
    for each in members:
        own = {key: left[key] for key in settings_of(each) if key in left}
        step = {"step": 1.0} if "step" in settings_of(each) else {}
        built = build(each, own | step)
        types = types_of(cast("Any", each))
        found |= {key: typed(key, types[key], getattr(built, key)) for key in types}
    found.pop("step", None)
    return tuple(sorted(found.items()))
