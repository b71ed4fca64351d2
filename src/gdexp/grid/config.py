"""Configuration files: read them, and check them against the schema."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import jsonschema

from gdexp.core.datasets import DATASETS
from gdexp.core.member import settings_of
from gdexp.grid.plain import values
from gdexp.util.digests import PACKAGE
from gdexp.util.errors import ConfigError, allowed, short, shown

# in a checkout it stands with the workflow; a wheel takes it along
SCHEMA = PACKAGE.parents[1] / "workflow" / "schemas" / "config.schema.yaml"
if not SCHEMA.exists():
    SCHEMA = PACKAGE / "config.schema.yaml"

SECRET = "tracking"  # what is below it is never shown: people put passwords there

# Beyond these a value is no setting but an attempt to exhaust something.
BYTES = 2**20  # of a file
DEPTH = 20  # levels
VALUES = 100_000  # aliases count as what they stand for
CHARACTERS = 1000
BITS = 64


# what patterns of the schema ask for, by a part of them
PATTERNS = {
    "x00": "a path, without a null character",
    "/": "letters, digits and ._/-",
    "": "letters, digits and _-, a letter or digit first",
}

# Names of experiments that would share a folder with what is not theirs: figures of
# images and of studies, and MLflow's own experiment, whose files are elsewhere.
TAKEN = ("images", "studies", "default")


def read(path: str | Path) -> dict[str, Any]:
    """Read a YAML file with plain values only, see `gdexp.grid.plain`.

    Raises
    ------
    ConfigError
        If the file cannot be read or is no YAML mapping, or has a key twice.
    """
    try:
        with Path(path).open("rb") as file:
            raw = file.read(BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot read the configuration: {error.strerror}") from None
    except ValueError:
        raise ConfigError("cannot read the configuration: no name of a file") from None
    if len(raw) > BYTES:
        raise ConfigError(f"a configuration of more than {BYTES} bytes; allowed: fewer")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError("no valid YAML: it is no UTF-8 text") from None
    config = values(text)
    if not isinstance(config, dict):
        raise ConfigError("a configuration is a mapping with the key 'experiments'")
    for key in config:
        if str(key).startswith("__"):
            raise ConfigError(
                f"unknown key {shown(key)}; templates are not evaluated: only plain"
                " values are allowed"
            )
    if "experiments" in config:  # where the tables that these name are
        config.setdefault("tables", os.path.relpath(Path(path).parent))
    return config


def experiment_keys() -> list[str]:
    """Return the keys that every experiment may have; settings of datasets are more."""
    schema: Any = _validator().schema
    known = schema["properties"]["experiments"]["additionalProperties"]["properties"]
    return list(known)


@cache
def _validator() -> Any:
    known = jsonschema.Draft202012Validator
    # theirs compares each with each where numbers and texts are mixed
    extend: Any = jsonschema.validators.extend
    kind = extend(known, {"uniqueItems": _unique})
    return kind(values(SCHEMA.read_text("utf-8")))


def _unique(
    _: Any, wanted: bool, entries: Any, schema: Any
) -> Iterator[jsonschema.ValidationError]:
    """Yield an error if a list has an entry twice; 1 and 1.0 are one, true is none."""
    plain = (str, int, float)
    if wanted and isinstance(entries, list):
        keys = (
            (isinstance(x, bool), x) if isinstance(x, plain) else repr(x)
            for x in entries
        )
        if len({*keys}) < len(entries):
            yield jsonschema.ValidationError("an entry is there twice")


def check_schema(config: Mapping[str, Any]) -> None:
    """Check keys, types and ranges of a configuration, and its names.

    Raises
    ------
    ConfigError
        For the first mistake: its key, the value, and what is allowed.
    """
    for count, (where, value) in enumerate(_values(config, ())):
        what = ""
        if count >= VALUES:
            where, what = where[:1], f"more than {VALUES} values; allowed: fewer"
        elif len(where) > DEPTH:
            where, what = where[:3], f"nested too deeply; allowed: {DEPTH} levels"
        elif isinstance(value, str) and len(value) > CHARACTERS:
            what = f"{len(value)} characters; allowed: at most {CHARACTERS}"
        elif isinstance(value, int) and value.bit_length() > BITS:
            what = f"a number of {value.bit_length()} bits; allowed: at most {BITS}"
        if what:
            raise ConfigError(f"{_path(where)}: {what}")
    _check_experiment_keys(config.get("experiments"))
    for error in _validator().iter_errors(config):
        raise ConfigError(_sentence(error))
    experiments = config["experiments"]
    taken = next((name for name in experiments if name.lower() in TAKEN), None)
    if taken is not None:
        raise ConfigError(
            f"experiments: {shown(taken)} is a folder of gdexp's or MLflow's own;"
            f" allowed: other names than {', '.join(TAKEN)}"
        )
    check_case("experiments", experiments)


def _check_experiment_keys(experiments: Any) -> None:
    """Refuse keys that neither an experiment has nor any dataset as a setting."""
    own = {key for each in DATASETS.values() for key in settings_of(each)}
    for name, entry in experiments.items() if isinstance(experiments, dict) else ():
        for key in entry if isinstance(entry, dict) else ():
            if key not in (known := experiment_keys()) and key not in own:
                raise ConfigError(
                    f"unknown key {shown(str(key))} in {_path(('experiments', name))};"
                    f" {allowed(known, key)}"
                )


def check_case(where: str, names: Iterable[str]) -> None:
    """Refuse names that are one folder on a disk that does not tell case apart."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.lower(), name)
        if other != name:
            raise ConfigError(
                f"{where}: {shown(name)} and {shown(other)} differ in case only;"
                " allowed: names that differ in more"
            )


def _values(
    value: Any, where: tuple[Any, ...]
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield the values in a value and where they are, keys too."""
    yield where, value
    if len(where) > DEPTH:
        return
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield where, key
            yield from _values(entry, (*where, key))
    elif isinstance(value, list | tuple | set):
        for index, entry in enumerate(value):
            yield from _values(entry, (*where, index))


def _path(where: tuple[Any, ...]) -> str:
    return ".".join(map(short, where))


def _sentence(error: jsonschema.ValidationError) -> str:
    """Say in one line what the schema's error means."""
    where = _path(tuple(error.absolute_path))
    inside = f" in {where}" if where else ""
    value: Any = error.instance
    rule: Any = error.validator_value
    schema: Any = error.schema
    match error.validator:
        case "additionalProperties":
            known = schema["properties"]
            extra = min(str(key) for key in value if key not in known)
            name = "" if where == SECRET else f" {shown(extra)}"
            return f"unknown key{name}{inside}; {allowed(known, extra)}"
        case "required":
            missing = next(key for key in rule if key not in value)
            return f"missing key {missing!r}{inside}; required: {', '.join(rule)}"
        case "type":
            types = rule if isinstance(rule, list) else [rule]
            what = f"a value of type {' or '.join(types)}"
        case "enum":
            what = ", ".join(map(str, rule))
        case "minimum":
            what = f"{rule} or more"
        case "maximum":
            what = f"{rule} or less"
        case "minItems" | "minProperties":
            what = "one entry or more"
        case "uniqueItems":
            what = "no repetitions"
        case "pattern":
            what = next(words for part, words in PATTERNS.items() if part in rule)
        case "maxLength":
            what = f"at most {rule} characters"
        case _:
            what = f"what the schema says of {error.validator}"
    if where.split(".")[0] == SECRET:
        return f"{where} is not as it should be; allowed: {what}"
    # keys that JSON does not know, such as dates, are left out
    text = shown(value, partial(json.dumps, default=str, skipkeys=True))
    return f"{where or 'configuration'}: {text}; allowed: {what}"
