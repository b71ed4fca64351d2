"""Configuration files: read them, and check them against the schema."""

import json
from collections.abc import Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from gdexp.errors import ConfigError, allowed, short, shown

_here = Path(__file__).parent
# in a checkout it stands with the workflow; a wheel takes it along
SCHEMA = _here.parents[1] / "workflow" / "schemas" / "config.schema.yaml"
if not SCHEMA.exists():
    SCHEMA = _here / "config.schema.yaml"

SECRET = "tracking"  # what is below it is never shown: people put passwords there

# Beyond these a value is no setting but an attempt to exhaust something.
DEPTH = 20  # levels
VALUES = 100_000  # aliases count as what they stand for
CHARACTERS = 1000
BITS = 64


class _Loader(yaml.SafeLoader):
    """Plain values only, each key once."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        # here, since the constructor sees mappings with those merged into them
        node = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and (key.tag, key.value) in seen:
                raise ConfigError(
                    f"key {shown(key.value)} is there twice; the second is in line"
                    f" {key.start_mark.line + 1}"
                )
            seen.add((key.tag, str(key.value)))
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError, TypeError, OverflowError):
            # how PyYAML says that a text is not of the type that it looks like
            kind = node.tag.rpartition(":")[2]
            # nor is it shown: it may be an address with a password
            raise ConfigError(
                f"the value in line {node.start_mark.line + 1} is no {shown(kind)}"
            ) from None


def read(path: str | Path) -> dict[str, Any]:
    """Read a YAML file with plain values only; nothing in it is executed.

    Raises
    ------
    ConfigError
        If the file cannot be read or is no YAML mapping, or has a key twice.
    """
    try:
        text = Path(path).read_text("utf-8")
        config = yaml.load(text, _Loader)  # a SafeLoader
    except OSError as error:
        raise ConfigError(f"cannot read the configuration: {error.strerror}") from None
    except yaml.MarkedYAMLError as error:
        # not its text, which quotes the line: that may be an address with a password
        mark, problem = error.problem_mark, error.problem or "a mistake"
        problem = problem if len(problem) <= 200 else problem[:197] + "..."
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigError(f"no valid YAML: {problem}{where}") from None
    except (yaml.YAMLError, ValueError) as error:
        why = " ".join(str(error).split())
        why = why if len(why) <= 200 else why[:197] + "..."
        raise ConfigError(f"no valid YAML: {why}") from None
    except RecursionError:
        raise ConfigError("no valid YAML: it is nested too deeply") from None
    if not isinstance(config, dict):
        raise ConfigError("a configuration is a mapping with the key 'experiments'")
    for key in config:
        if str(key).startswith("__"):
            raise ConfigError(
                f"unknown key {shown(key)}; templates are not evaluated: only plain"
                " values are allowed"
            )
    return config


@cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(yaml.safe_load(SCHEMA.read_text("utf-8")))


def check_schema(config: Mapping[str, Any]) -> None:
    """Check keys, types and ranges of a configuration.

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
    for error in _validator().iter_errors(config):
        raise ConfigError(_sentence(error))


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
            what = f"letters, digits and {'._/-' if '/' in rule else '_-'}"
        case "maxLength":
            what = f"at most {rule} characters"
        case _:
            what = f"what the schema says of {error.validator}"
    if where.split(".")[0] == SECRET:
        return f"{where} is not as it should be; allowed: {what}"
    # keys that JSON does not know, such as dates, are left out
    text = shown(value, partial(json.dumps, default=str, skipkeys=True))
    return f"{where or 'configuration'}: {text}; allowed: {what}"
