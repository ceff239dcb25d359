"""What every type of the schema shares: the base class, text that can always be stored, and the time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StrictFloat


class Data(BaseModel):
    """Base of all data that crosses rooms or lies on disk: frozen, and nothing in it that is not named.

    The docstring under a field is its description, for readers of the code and for the commands' options alike.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, protected_namespaces=())


def _escape_surrogates(value: Any) -> Any:
    """The value with lone surrogates written as escapes (`\\ud800`), in lists and dicts too; tuples become lists."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_escape_surrogates(key): _escape_surrogates(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_escape_surrogates(item) for item in value]
    return value


Text = Annotated[str, BeforeValidator(_escape_surrogates)]
"""Text of a model, a lab or a server. Lone surrogates are no UTF-8 and could not be stored: they become escapes."""
Json = Annotated[JsonValue, BeforeValidator(_escape_surrogates)]
"""A JSON value whose texts are `Text`."""


Values = Annotated[
    tuple[StrictFloat, ...] | tuple[Text, ...] | tuple[tuple[StrictFloat, ...], ...],
    Field(union_mode="left_to_right"),  # with strict floats: quick, and a text "1" stays a text
]
"""Inputs of a function, as they are stored: numbers, texts, or rows of numbers."""


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
