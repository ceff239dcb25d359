"""What every type of the schema shares."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class Data(BaseModel):
    """Base of all data that crosses rooms or lies on disk: frozen, and nothing in it that is not named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def escape_surrogates(value: Any) -> Any:
    """The value with lone surrogates escaped: they are no UTF-8, and a model or a lab may send them."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {escape_surrogates(key): escape_surrogates(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(escape_surrogates(item) for item in value)
    return value


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
