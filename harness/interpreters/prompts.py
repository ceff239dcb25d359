"""Everything that is said to a model, as text files with `$placeholders`; ours, or a person's own in their place.

What is said of one category's functions is in `functions/<category>/prompts/`: the prompt `category_numeric` is its
file `functions/numeric/prompts/category.txt`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from string import Template

from findbench.functions.categories import CATEGORIES, load_category
from findbench.harness.errors import UsageError

OURS = Path(__file__).parent / "prompts"


class Prompts:
    """The prompt files, by name without `.txt`; a category's own lie in its package, as `about` and `families`.

    A directory of one's own replaces them file by file.
    """

    def __init__(self, directory: Path | None = None) -> None:
        """Raises UsageError for what cannot be read, replaces no prompt of ours or has placeholders of its own."""
        self._texts = {path.stem: path.read_text(encoding="utf-8").strip() for path in sorted(OURS.glob("*.txt"))}
        for category in CATEGORIES:
            self._texts |= {f"{name}_{category}": text for name, text in load_category(category).prompts.items()}
        if directory is not None:
            self._texts |= _read(directory, self._texts)

    @property
    def names(self) -> list[str]:
        """The names of all prompts, sorted."""
        return sorted(self._texts)

    def text(self, name: str) -> str:
        """The prompt as it is written, with its placeholders."""
        return self._texts[name]

    def version(self) -> str:
        """The first 12 hex digits of the SHA-256 over all names and texts: what a run records."""
        digest = hashlib.sha256()
        for name, text in sorted(self._texts.items()):
            digest.update(f"{name}\0{text}\0".encode())
        return digest.hexdigest()[:12]

    def __contains__(self, name: str) -> bool:
        """Whether there is a prompt of that name; there is none for a category that is not in the table."""
        return name in self._texts

    def __call__(self, name: str, /, **values: object) -> str:
        """The text called `name` with its placeholders filled in. Placeholders inside a value stay as they are."""
        return Template(self._texts[name]).substitute(values)


def _read(directory: Path, ours: Mapping[str, str]) -> dict[str, str]:
    """The person's own prompts, by name. Raises UsageError."""
    if not directory.is_dir():
        raise UsageError(f"--prompts {directory} is not a directory: make one, with copies of files from {OURS}")
    texts = {}
    for path in sorted(directory.glob("*.txt")):
        if path.stem not in ours:
            raise UsageError(f"--prompts: {path} replaces nothing: its name must be one of {', '.join(sorted(ours))}")
        try:
            text = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"--prompts: cannot read {path}: {error}") from error
        template = Template(text)
        unknown = set(template.get_identifiers()) - set(Template(ours[path.stem]).get_identifiers())
        if unknown:
            raise UsageError(f"--prompts: {path} has an unknown placeholder ${sorted(unknown)[0]}")
        if not template.is_valid():
            raise UsageError(f"--prompts: {path} has a lone $: write $$ for a dollar sign")
        texts[path.stem] = text
    if not texts:
        raise UsageError(f"--prompts {directory} holds no .txt file: copy there what you want to change from {OURS}")
    return texts
