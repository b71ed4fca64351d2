"""Configuration files: read them, and check them against the schema."""

import json
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from gdexp.errors import ConfigError, allowed, shown

_here = Path(__file__).parent
# in a checkout it stands with the workflow; a wheel takes it along
SCHEMA = _here.parents[1] / "workflow" / "schemas" / "config.schema.yaml"
if not SCHEMA.exists():
    SCHEMA = _here / "config.schema.yaml"

SECRET = "tracking"  # what is below it is never shown: people put passwords there


def read(path: str | Path) -> dict[str, Any]:
    """Read a YAML file with plain values only.

    Raises
    ------
    ConfigError
        If the file cannot be read or is no YAML mapping.
    """
    try:
        config = yaml.safe_load(Path(path).read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the configuration: {error.strerror}") from None
    except yaml.MarkedYAMLError as error:
        # not its text, which quotes the line: that may be an address with a password
        mark, problem = error.problem_mark, error.problem or "a mistake"
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigError(f"no valid YAML: {problem}{where}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError("no valid YAML: " + " ".join(str(error).split())) from None
    if not isinstance(config, dict):
        raise ConfigError("a configuration is a mapping with the key 'experiments'")
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
    for error in _validator().iter_errors(config):
        raise ConfigError(_sentence(error))


def _sentence(error: jsonschema.ValidationError) -> str:
    """Say in one line what the schema's error means."""
    where = ".".join(str(part) for part in error.absolute_path)
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
        case _:
            what = f"what the schema says of {error.validator}"
    if where.split(".")[0] == SECRET:
        return f"{where} is not as it should be; allowed: {what}"
    text = shown(value, partial(json.dumps, default=str))
    return f"{where or 'configuration'}: {text}; allowed: {what}"
