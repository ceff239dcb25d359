"""The run directory: what is in it, written so that a kill at any moment loses nothing that was finished."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import from_json

from findbench.harness import private
from findbench.harness.errors import RecordError, UsageError
from findbench.harness.formats import UnknownFormat, todays_record, todays_run
from findbench.harness.schema.base import now
from findbench.harness.schema.calibration import Calibration
from findbench.harness.schema.records import EpisodeRecord, RunConfig, RunInfo, Session, episode_key
from findbench.harness.seeds import new_secret
from findbench.harness.series import members


def write_atomically(path: Path, text: str) -> None:
    """Replace `path` with `text` so that a reader, and a machine that loses power, sees the old file or the new one.

    Raises RecordError when it cannot be written (no room, no permission): the old file is as it was.
    """
    try:
        private.make_directory(path.parent)
        _replace(path, text)
    except OSError as error:
        raise RecordError(
            f"cannot write {path} ({error.strerror}): make room for it, then the same command goes on"
        ) from error


def _replace(path: Path, text: str) -> None:
    private.replace(path, text, prefix=f".{path.name}.", suffix=".tmp")
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)  # the name is data of the directory, not of the file
    finally:
        os.close(directory)


class Run:
    """A run directory. Reading needs no lock; `Run.open_for_writing` holds the only one."""

    def __init__(self, path: str | Path, info: RunInfo | None = None) -> None:
        """Read `run.json`; `info`: what it will hold, for a run that is being made.

        Raises UsageError when this is no run, RecordError when it is corrupt.
        """
        self.path = Path(path)
        self.info = info or self._read_info()

    def _read_info(self) -> RunInfo:
        if not self._file.is_file():
            if runs := members(self.path):
                raise UsageError(f"{self.path} holds runs with different budgets: name one, such as {runs[0]}")
            raise UsageError(f"{self.path} is not a run directory (it has no run.json): give what --out named")
        return _load(RunInfo, self._file, todays_run, "restore it, or start a run with another --out")

    @property
    def _file(self) -> Path:
        return self.path / "run.json"

    @property
    def config(self) -> RunConfig:
        """What the run measures."""
        return self.info.config

    @property
    def secret(self) -> str:
        """What every seed of the run derives from. Raises UsageError for a run of findbench 0.1, which had none."""
        if self.info.secret is None:
            raise UsageError(f"{self.path} {_FROM_0_1}")
        return self.info.secret

    @property
    def name(self) -> str:
        """What reports call it: the directory's name."""
        return self.path.resolve().name

    @property
    def keys(self) -> list[str]:
        """Keys of all episodes that the configuration asks for, repeats of a function apart."""
        return [
            episode_key(function, repeat) for repeat in range(self.config.repeats) for function in self.config.functions
        ]

    # -- writing

    @classmethod
    @contextlib.contextmanager
    def open_for_writing(
        cls, path: Path, config: RunConfig, versions: dict[str, str], *, secret: str | None = None
    ) -> Iterator[Run]:
        """Create the run or resume it, alone: a second harness on the same run gets one line.

        `secret`: what its seeds derive from; None: a new run draws one, and one that is resumed has one. Raises
        UsageError (not writable, in use, not empty and no run) and RecordError (corrupt, or of another configuration
        or secret); in each case nothing was written.
        """
        _refuse_other_directory(path)
        with _locked(path):
            if (path / "run.json").exists():
                run = cls(path)
                run.check(config, secret)
            else:
                run = cls(path, RunInfo(name=path.resolve().name, secret=secret or new_secret(), config=config))
            for leftover in path.glob("**/.*.tmp"):
                leftover.unlink(missing_ok=True)  # of a harness that was killed while it wrote
            run._save(sessions=(*run.info.sessions, Session(started=now(), versions=versions)))
            yield run

    def check(self, config: RunConfig, secret: str | None) -> None:
        """Raise RecordError unless `config` and `secret` (None: any) are the run's own: others are another run."""
        ours, theirs = config.model_dump(mode="json"), self.config.model_dump(mode="json")
        different = [key for key in ours if ours[key] != theirs[key]]
        if different and self.info.secret is None:
            raise RecordError(f"{self.path} {_FROM_0_1}")
        if different:
            shown = "; ".join(f"{key} {_brief(theirs[key])} there, {_brief(ours[key])} now" for key in different[:3])
            raise RecordError(f"{self.path} is a run of another configuration ({shown}): choose another --out")
        if secret not in (None, self.info.secret):
            raise RecordError(
                f"{self.path} is a run under another secret: leave out --secret-from to go on with it, or choose "
                "another --out"
            )

    def _save(self, *, sessions: tuple[Session, ...]) -> None:
        self.info = self.info.model_copy(update={"sessions": sessions})
        write_atomically(self._file, self.info.model_dump_json(indent=1) + "\n")

    def close_session(self, outcome: str) -> None:
        """Write down when and how this start of the command ended."""
        *before, last = self.info.sessions
        self._save(sessions=(*before, last.model_copy(update={"ended": now(), "outcome": outcome})))

    def save(self, record: EpisodeRecord) -> None:
        """Write one episode. The file appears whole or not at all; RecordError when there is no room for it."""
        write_atomically(self.episode_path(record.key), record.model_dump_json(indent=1) + "\n")

    # -- reading

    def episode_path(self, key: str) -> Path:
        """Where the episode's record is, or will be."""
        return self.path / "episodes" / f"{key}.json"

    def load(self, key: str) -> EpisodeRecord:
        """One record. Raises UsageError when the run has no such episode (yet), RecordError when it is corrupt."""
        path = self.episode_path(key)
        if key not in self.keys:
            more = f" and {len(self.keys) - 3} more" if len(self.keys) > 3 else ""
            raise UsageError(f"run {self.name} has no episode {key!r}; it has {', '.join(self.keys[:3])}{more}")
        if not path.is_file():
            raise UsageError(f"episode {key} of run {self.name} has not ended yet: the run's own command resumes it")
        record = _load(EpisodeRecord, path, todays_record, "move it away and the run's own command makes it again")
        if record.key != key:
            raise RecordError(f"{path} is the record of {record.key}: move it away and the run's own command makes it")
        return record

    def read(self) -> tuple[list[EpisodeRecord], list[RecordError]]:
        """The records that can be read, in the order of the configuration, and one error for each that cannot."""
        records: list[EpisodeRecord] = []
        problems: list[RecordError] = []
        for key in self.keys:
            if self.episode_path(key).exists():
                try:
                    records.append(self.load(key))
                except RecordError as problem:
                    problems.append(problem)
        return records, problems

    def records(self) -> list[EpisodeRecord]:
        """All records, for callers that must not go on without one (resuming, rescoring).

        Raises RecordError: the first record that cannot be read.
        """
        records, problems = self.read()
        if problems:
            raise problems[0]
        return records

    # -- what the judges of descriptions were found to be worth

    @property
    def _calibrations_file(self) -> Path:
        return self.path / "judges.json"

    def calibrations(self) -> list[Calibration]:
        """What the judges gave to known texts; nothing before the first time. Raises RecordError: cannot be read."""
        try:
            return _CALIBRATIONS.validate_json(self._calibrations_file.read_bytes())
        except FileNotFoundError:
            return []
        except (OSError, ValidationError) as error:
            reason = " ".join(str(error).split())[:200]
            raise RecordError(
                f"{self._calibrations_file} cannot be read ({reason}): `findbench score {self.path}` makes it again"
            ) from error

    def save_calibrations(self, calibrations: Sequence[Calibration]) -> None:
        """Write them, whole or not at all. Raises RecordError."""
        write_atomically(self._calibrations_file, _CALIBRATIONS.dump_json(list(calibrations), indent=1).decode() + "\n")


_CALIBRATIONS = TypeAdapter(list[Calibration])
_FROM_0_1 = (
    "was made by findbench 0.1, whose runs have no secret: its records can be read and scored, but no episode can be "
    "added; choose another --out"
)


def _brief(value: object) -> str:
    if value is None:
        return "not given"
    text = str(value) if not isinstance(value, list) else f"{len(value)} of them"
    return text if len(text) <= 40 else text[:37] + "..."


M = TypeVar("M", bound=BaseModel)


def _load(model: type[M], path: Path, todays: Callable[[Any], Any], remedy: str) -> M:
    """The file's content. `todays` brings it into today's form."""
    try:
        return model.model_validate(todays(from_json(path.read_bytes())))
    except UnknownFormat as unknown:
        raise RecordError(f"{path} has {unknown}: a newer findbench wrote it and can read it; or {remedy}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        reason = " ".join(f"{where} {first['msg']}".split())
    except ValueError as error:
        reason = " ".join(str(error).split())
    except OSError as error:
        raise RecordError(f"{path} cannot be read ({error.strerror}): {remedy}") from error
    raise RecordError(f"{path} is corrupt ({reason}): {remedy}")


def _refuse_other_directory(path: Path) -> None:
    try:
        if path.exists() and not (path / "run.json").exists():
            foreign = [entry.name for entry in path.iterdir() if entry.name != ".lock" and entry.suffix != ".tmp"]
            if foreign:
                raise UsageError(f"{path} is not empty and is not a run directory: choose another --out")
    except OSError as error:
        raise UsageError(f"cannot write to {path} ({error.strerror}): choose another --out") from error


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Create the directory and hold its lock; the kernel frees it when the process ends in any way."""
    try:
        private.make_directory(path)
        handle = private.open_file(path / ".lock", os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise UsageError(f"cannot write to {path} ({error.strerror}): choose another --out") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"another findbench is writing to {path}: wait for it, or choose another --out") from None
        yield
    finally:
        os.close(handle)
