"""What is wrong with a class of the user's own that is to be a member."""

import re
from collections.abc import Mapping
from dataclasses import MISSING
from inspect import get_annotations
from typing import Any

from gdexp.core.member import Member, fields_of, type_of, typed, types_of
from gdexp.core.methods import Method
from gdexp.core.observables import Observable
from gdexp.core.told import RESERVED, SERIES
from gdexp.studies import Study
from gdexp.util.errors import ConfigError, line_of, short, shown

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def fault(member: Any) -> str:
    """Say why a class is no member, "" if it is one: its name, words and settings.

    >>> from gdexp.core.member import Member
    >>> fault(type("Odd", (Member,), {"name": "a b"}))
    "name 'a b'; allowed: letters, digits and _-, a letter or digit first"
    """
    name = getattr(member, "name", None)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        what = "letters, digits and _-, a letter or digit first"
        return f"name {shown(name)}; allowed: {what}"
    if issubclass(member, Observable) and name.lower() in RESERVED | SERIES:
        return f"name {shown(name)} is a name of gdexp's own; rename it"
    study = issubclass(member, Study)
    for key in ("title" if study else "formula", "source"):
        words = getattr(member, key, None)
        if not isinstance(words, str) or not words.isprintable():
            return f"{key} {shown(words)}; allowed: a text of one line"
    try:
        own = get_annotations(member).values()
        plain = "__dataclass_fields__" not in vars(member)
        if plain and any("ClassVar" not in str(each) for each in own):
            return "it has fields; allowed: @dataclass(frozen=True) before the class"
        if not hasattr(member, "__dataclass_fields__"):
            return "no dataclass; allowed: @dataclass(frozen=True) before the class"
        if not member.__dataclass_params__.frozen:
            return "a dataclass that can be changed; allowed: frozen=True"
        types = types_of(member)
        fields = fields_of(member)
    except Exception as error:  # an annotation may be any expression
        return f"its fields: {line_of(error)}"
    reserved = RESERVED if issubclass(member, Method) else RESERVED | {"step"}
    for each in fields:
        if each.name in reserved and not study:  # that is no part of a cell
            return f"field {each.name!r} is a name of gdexp's own; rename it"
        if each.default is MISSING and each.default_factory is not MISSING:
            return f"field {each.name!r} has a default_factory; allowed: a default"
        if study:
            given = "none" if each.default is MISSING else shown(each.default)
            some = each.default if isinstance(each.default, tuple) else (each.default,)
            if {type(x) for x in some} not in ({int}, {float}, {int, float}, {str}):
                return (
                    f"default of {each.name}: {given}; allowed: a number or a text, or"
                    " a tuple of numbers or of texts"
                )
            continue
        kind = types[each.name]
        try:
            type_of(kind)
        except TypeError:
            spelled = kind.__name__ if isinstance(kind, type) else str(kind)
            return (
                f"field {each.name!r} is of type {short(spelled)}; allowed: int, float,"
                " bool, str or Literal, without or with None"
            )
        if each.default is not MISSING:
            try:
                typed(f"default of {each.name}:", kind, each.default)
            except ConfigError as error:
                return str(error)
    return _fault_of_study(member) if study else ""


def _fault_of_study(study: Any) -> str:
    uses, columns = study.uses, getattr(study, "columns", None)
    known = isinstance(uses, tuple) and all(isinstance(x, type) for x in uses)
    if not (known and all(issubclass(x, Member) for x in uses)):
        return f"uses {shown(uses)}; allowed: a tuple of models, losses and methods"
    words = [*columns, *columns.values()] if isinstance(columns, Mapping) else [None]
    if not all(isinstance(word, str) for word in words):
        return f"columns {shown(columns)}; allowed: names of columns and their types"
    return ""
