"""Configuration files: read them, and check them against the schema."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from gdexp.errors import ConfigError, allowed

SCHEMA = Path(__file__).parents[2] / "workflow" / "schemas" / "config.schema.yaml"


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
    errors = sorted(_validator().iter_errors(config), key=lambda e: list(map(str, e.path)))
    if errors:
        raise ConfigError(_sentence(errors[0]))


def _sentence(error: jsonschema.ValidationError) -> str:
    """Say in one line what the schema's error means."""
    where = ".".join(str(part) for part in error.absolute_path)
    rule: Any = error.validator_value
    schema: Any = error.schema
    if error.validator == "additionalProperties":
        unknown = sorted(map(str, set(error.instance) - set(schema["properties"])))
        inside = f" in {where}" if where else ""
        return f"unknown key {unknown[0]!r}{inside}; {allowed(schema['properties'])}"
    if error.validator == "required":
        missing = next(key for key in rule if key not in error.instance)
        inside = f" in {where}" if where else ""
        return f"missing key {missing!r}{inside}; required: {', '.join(rule)}"
    said = {
        "type": lambda: f"a value of type {rule if isinstance(rule, str) else ' or '.join(rule)}",
        "enum": lambda: ", ".join(map(str, rule)),
        "minimum": lambda: f"{rule} or more",
        "maximum": lambda: f"{rule} or less",
        "minItems": lambda: "a list with at least one entry",
        "minProperties": lambda: "a mapping with at least one entry",
        "uniqueItems": lambda: "a list without repetitions",
        "pattern": lambda: f"letters, digits and {'._/-' if '/' in rule else '_-'}",
    }
    what = said.get(str(error.validator), lambda: error.message)()
    shown = json.dumps(error.instance, default=str)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    return f"{where or 'configuration'}: {shown}; allowed: {what}"
