"""Plain values of a YAML text, as YAML 1.2 reads them; nothing in it is executed.

PyYAML reads YAML 1.1, where 010 is 8, 1:30 is 90, 1_0 is 10, no is false and 1e6 is a
text. Here the core schema of YAML 1.2 holds. Two things are kept as they are written:
keys, since those are names (of a model entry 2e-1, say), and steps, which are part of
names where there is a list of them.
"""

import re
from typing import Any

import yaml

from gdexp.util.errors import ConfigError, shown

TAG = "tag:yaml.org,2002:"
MERGE = "tag:yaml.org,2002:merge"  # of YAML 1.1, and known everywhere
STEP = "step"
LEVELS = 50  # more than any configuration has

# by its tag what a text has to look like, and the characters that it may begin with
PATTERNS = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    "float": (
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
        r"|[-+]?\.(inf|Inf|INF)|\.nan|\.NaN|\.NAN",
        list("-+.0123456789"),
    ),
    "merge": (r"<<", ["<"]),
}


class _Loader(yaml.SafeLoader):
    """Plain values only, each key once."""

    yaml_implicit_resolvers = {}
    levels = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        # not left to Python's own limit, which takes seconds to reach
        if self.levels == LEVELS:
            raise ConfigError("no valid YAML: it is nested too deeply")
        self.levels += 1
        node = super().compose_node(parent, index)
        self.levels -= 1
        return node

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        # here, since the constructor sees mappings with those merged into them
        node = super().compose_mapping_node(anchor)
        node.value = [(_text(key), _value(key, value)) for key, value in node.value]
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and (key.tag, key.value) in seen:
                raise ConfigError(
                    f"key {shown(key.value)} is there twice; the second is in line"
                    f" {key.start_mark.line + 1}"
                )
            seen.add((key.tag, str(key.value)))
        return node

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        # each key once: those merged into what is merged would grow tenfold each time
        super().flatten_mapping(node)
        last: dict[Any, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            scalar = isinstance(key, yaml.ScalarNode)
            last[(key.tag, key.value) if scalar else id(key)] = key, value
        node.value = [*last.values()]

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

    def construct_core(self, node: yaml.ScalarNode) -> Any:
        """Construct what one of the patterns is of, also where a tag says so."""
        text, kind = str(self.construct_scalar(node)), node.tag.removeprefix(TAG)
        if not re.fullmatch(PATTERNS[kind][0], text):
            raise ValueError
        match kind:
            case "int":
                return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
            case "float":
                return float(re.sub(r"\.(?=[a-zA-Z])", "", text))
            case "bool":
                return text.lower() == "true"
        return None


for _kind, (_pattern, _first) in PATTERNS.items():
    _Loader.add_implicit_resolver(TAG + _kind, re.compile(f"(?:{_pattern})\\Z"), _first)
    if _kind != "merge":
        _Loader.add_constructor(TAG + _kind, _Loader.construct_core)


def _text(node: yaml.Node) -> yaml.Node:
    """Return a scalar that may look like a number, as the text that it is."""
    if isinstance(node, yaml.ScalarNode) and node.tag.removeprefix(TAG) in {
        *("null", "bool", "int", "float")
    }:
        marks = node.start_mark, node.end_mark
        return yaml.ScalarNode(f"{TAG}str", node.value, *marks)
    return node


def _value(key: yaml.Node, value: yaml.Node) -> yaml.Node:
    """Return the node of a value: a step, or each of several, as it is written."""
    if key.value != STEP:
        return value
    if isinstance(value, yaml.SequenceNode):
        value.value = [_value(key, each) for each in value.value]
        return value
    number = value.tag.removeprefix(TAG) in {"int", "float"}
    return _text(value) if number else value


def values(text: str) -> Any:
    """Return the plain values of a YAML text.

    Raises
    ------
    ConfigError
        If it is no YAML, is nested too deeply, has a key twice, or a value that is not
        of the type that its tag says.

    Examples
    --------
    >>> values("{2e-1: 1e6, dims: [010, 0o10, 1:30, yes], step: 1e-3}")
    {'2e-1': 1000000.0, 'dims': [10, 8, '1:30', 'yes'], 'step': '1e-3'}
    """
    try:
        return yaml.load(text, _Loader)  # a SafeLoader
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


def whole_numbers(value: Any) -> Any:
    """Return values with whole floats as the integers that they are.

    >>> whole_numbers({"samples": 10.0, "dims": [16, 1e3], "kappa": 0.5})
    {'samples': 10, 'dims': [16, 1000], 'kappa': 0.5}
    """
    if isinstance(value, dict):
        return {key: whole_numbers(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [whole_numbers(entry) for entry in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
