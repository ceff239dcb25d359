"""Submitted code, run over one batch of inputs in a process of its own, which can leave nothing behind."""

from __future__ import annotations

import builtins
import contextlib
import os

from . import kinds, wire
from .forks import COMPLETE_EXIT, MEMORY_EXIT, open_streams
from .seeding import reseed

TYPE_CHECKING = False  # the name that type checkers know; `typing` is not worth importing
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any, NoReturn

    from .confinement import Confinement

_NOT_IN_TABLE = {wire.NUMBER: 0.0, wire.TEXT: "undefined"}
"""What a `TABLE` gives for an input that it lacks, by the kind of the outputs: what is said of it in the prompts."""
MAX_TASK = wire.MAX_CODE + wire.MAX_NUMBERS_FRAME
"""Most bytes of a task: source and inputs."""


def evaluate(connection: socket.socket, confinement: Confinement) -> NoReturn:
    """Take a task from the connection and send one packed output per input; the code runs confined."""
    task = wire.Task.decode(bytes(wire.receive_frame(connection, MAX_TASK)[1]))
    open_streams()
    reseed(task.seed)
    namespace: dict[str, Any] = {"__name__": "submission", "__builtins__": builtins}  # what tries it out does not run
    out = open(connection.fileno(), "wb", buffering=1 << 16)  # noqa: SIM115
    inputs = kinds.BY_MANY[task.input_kind].decode(task.inputs)
    confinement.enter()
    try:
        source = task.code.decode("utf-8-sig", "replace")
        exec(compile(source, "<submission>", "exec"), namespace)  # noqa: S102 - the code under test
        answer = _answerer(namespace, task.output_kind)
    except MemoryError:
        os._exit(MEMORY_EXIT)
    except BaseException as error:
        _write_error(out, error)
        os._exit(1)
    first_error: BaseException | None = None
    for x in inputs:
        try:
            packed = kinds.encode_output(answer(x), task.output_kind)
        except MemoryError:
            os._exit(MEMORY_EXIT)
        except kinds.UnfitError as error:
            first_error = first_error or TypeError(f"predict({_short(x)}) gave {error}")
            packed = kinds.NO_ANSWER
        except BaseException as error:
            first_error = first_error or error
            packed = kinds.NO_ANSWER
        out.write(packed)
    if first_error is not None:
        _write_error(out, first_error)
    out.flush()
    os._exit(COMPLETE_EXIT)


def _answerer(namespace: dict[str, Any], output_kind: int) -> Callable[[Any], Any]:
    predict, table = namespace.get("predict"), namespace.get("TABLE")
    if callable(predict):
        answer: Callable[[Any], Any] = predict
        return answer
    if isinstance(table, dict):
        normalised = {str(key).strip().casefold(): value for key, value in table.items()}
        rest = _NOT_IN_TABLE.get(output_kind)
        return lambda x: table[x] if x in table else normalised.get(str(x).strip().casefold(), rest)
    raise NameError("the code defines neither predict(x) nor TABLE")


def _short(x: object) -> str:
    text = repr(x)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _write_error(out: Any, error: BaseException) -> None:
    with contextlib.suppress(BaseException):
        text = wire.encode_text(f"{type(error).__name__}: {error}"[:500])
        out.write(wire.HEADER.pack(len(text), wire.FAILURE) + text)
        out.flush()
