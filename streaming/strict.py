"""Plain YAML or JSON values to frozen dataclasses, strictly: an unknown key is an error that lists the valid ones."""

from __future__ import annotations

import dataclasses
import reprlib
import types
import typing
from typing import Any, Literal, TypeVar

T = TypeVar("T")
LARGEST = 2**1023
"""A whole number where a float is expected must fit into one."""
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 60


class StrictError(ValueError):
    """A value does not fit; the message names the key, what was found and what is allowed."""


def build(kind: type[T], content: Any, where: str = "") -> T:
    """A dataclass from a mapping: no unknown keys, no missing ones, no wrong types.  Raises :class:`StrictError`."""
    if not isinstance(content, dict):
        raise StrictError(f"{where + ': ' if where else ''}expected keys and values, found {shown(content)}")
    hints = typing.get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    at = f"{where}: " if where else ""
    if unknown := [str(key) for key in content if key not in fields]:
        raise StrictError(f"{at}unknown key {unknown[0]!r}; valid keys: {', '.join(fields)}")
    required = [
        name
        for name, f in fields.items()
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    ]
    if missing := [name for name in required if name not in content]:
        raise StrictError(f"{at}missing key {missing[0]!r}")
    prefix = f"{where}." if where else ""
    return kind(**{key: convert(hints[key], value, prefix + key) for key, value in content.items()})


def convert(hint: Any, value: Any, where: str) -> Any:
    """One value to its annotated type."""
    if dataclasses.is_dataclass(hint):
        return build(hint, value, where)  # type: ignore[arg-type]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple and isinstance(value, list):
        return tuple(convert(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if origin is dict and isinstance(value, dict):
        key_hint, item_hint = arguments
        return {convert(key_hint, k, where): convert(item_hint, item, f"{where}.{k}") for k, item in value.items()}
    if origin is Literal:
        if value in arguments and type(value) is str:
            return value
        raise StrictError(f"{where}: expected one of {', '.join(map(repr, arguments))}, found {shown(value)}")
    if origin is types.UnionType:
        return None if value is None else convert(arguments[0], value, where)
    if hint is float and type(value) is int and abs(value) < LARGEST:
        return float(value)
    if hint in (int, float, str, bool) and type(value) is hint:
        return value
    raise StrictError(f"{where}: expected {getattr(hint, '__name__', hint)}, found {shown(value)}")


def shown(value: Any) -> str:
    """A value for a message, cut to a readable length, however large it is (aliases make a few lines of YAML huge)."""
    try:
        text = _SHORT.repr(value)
    except ValueError:  # Python does not write out numbers of thousands of digits
        return "a huge number"
    return text if len(text) <= 60 else text[:57] + "..."
