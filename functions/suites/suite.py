"""A suite: a mapping of ids to functions, made or read, with the checksum that identifies its contents."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from findbench.functions.base import Function, Spec
from findbench.functions.categories import CATEGORIES, in_order, load_category
from findbench.functions.errors import SuiteError

FORMAT = "findbench-suite-1"
"""Format of the file: a header line, then one line of JSON per function."""


def canonical_line(spec: Spec) -> str:
    """A spec as one line of JSON: what is hashed, stored and validated."""
    return _json_line(spec.model_dump(mode="json"))


def _json_line(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=True)


class Suite(Mapping[str, Function]):
    """Functions by id (`<category>/<four digits>`), in order of category and number, built when first asked for.

    `checksum` is the SHA-256 (hex) of seed, version and all specs: equal checksums, equal functions.
    """

    def __init__(self, name: str, seed: int, version: int, lines: Mapping[str, list[str]]) -> None:
        """`lines`: category -> its specs as canonical JSON."""
        self.name = name
        self.seed = seed
        self.version = version
        self._lines = {
            f"{category}/{i:04d}": (category, line)
            for category in in_order(lines)
            for i, line in enumerate(lines[category])
        }
        self.counts: dict[str, int] = {category: len(lines.get(category, [])) for category in CATEGORIES}
        self._built: dict[str, Function] = {}
        self.checksum = hashlib.sha256("\n".join([f"{seed} {version}", *self._body()]).encode()).hexdigest()

    def __getitem__(self, key: str) -> Function:
        """The function with this id."""
        if key not in self._built:
            name, line = self._lines[key]
            category = load_category(name)
            try:
                spec = category.spec.model_validate_json(line)
            except ValidationError as error:
                reason = error.errors()[0]["msg"]
                raise SuiteError(f"suite {self.name}: {key} is not a valid {name} function: {reason}") from error
            self._built[key] = category.build(key, spec)
        return self._built[key]

    def __iter__(self) -> Iterator[str]:
        """Ids in order."""
        return iter(self._lines)

    def __len__(self) -> int:
        """Number of functions."""
        return len(self._lines)

    def ids(self, category: str) -> list[str]:
        """The ids of one category's functions, in order."""
        return [key for key, (name, _) in self._lines.items() if name == category]

    def _body(self) -> list[str]:
        return [f'{{"id":"{key}","spec":{line}}}' for key, (_, line) in self._lines.items()]

    def to_bytes(self) -> bytes:
        """The suite as a file: equal suites, equal bytes."""
        header = {
            "format": FORMAT,
            "name": self.name,
            "seed": self.seed,
            "version": self.version,
            "counts": self.counts,
            "checksum": self.checksum,
        }
        return "\n".join([json.dumps(header), *self._body(), ""]).encode()

    def save(self, path: Path) -> None:
        """Write the file, gzipped when its name ends in `.gz`."""
        data = self.to_bytes()
        path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)

    @classmethod
    def from_bytes(cls, data: bytes, source: str) -> Suite:
        """Read a file's contents (`source` names it in errors). Raises `SuiteError` when damaged or no suite."""
        try:
            text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()
            first, *rest = text.splitlines()
            header = json.loads(first)
            if not isinstance(header, dict) or header.get("format") != FORMAT:
                raise SuiteError(f"{source} is not a suite of the format {FORMAT}; make it with `findbench suite make`")
            lines: dict[str, list[str]] = {}
            for line in rest:
                entry = json.loads(line)
                lines.setdefault(entry["id"].partition("/")[0], []).append(_json_line(entry["spec"]))
            if unknown := sorted(set(lines) - set(CATEGORIES)):
                raise SuiteError(
                    f"{source} holds functions of a category {unknown[0]!r}, which this version does not have"
                )
            suite = cls(str(header["name"]), int(header["seed"]), int(header["version"]), lines)
        except SuiteError:
            raise
        except (ValueError, KeyError, AttributeError, EOFError, OSError, TypeError, RecursionError) as error:
            raise SuiteError(
                f"{source} is damaged ({type(error).__name__}); make it again with `findbench suite make`"
            ) from error
        if suite.checksum != header.get("checksum"):
            raise SuiteError(
                f"{source} does not match its checksum: it was changed; make it again with `findbench suite make`"
            )
        return suite
