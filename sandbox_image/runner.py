"""Process 1 of a lab: takes experiments from the control socket, runs each in a fork of the last good state.

Processes. This one (the runner) owns the control socket and never runs code that came from outside. The *state*
process is a fork that holds the variables of earlier experiments and waits on a socketpair, the *channel*. For an
experiment the state forks once more; the child runs the code and, when it ends normally (or with an exception),
becomes the new state, and the runner ends the old one. When the child dies instead, the old state reports it and
stays. Between experiments the state is stopped, and every other process is killed: nothing runs, prints or queries
outside an experiment.

Imports. What a container costs is mostly what it imports: numpy comes at the start of a lab with `f` and with code
that names it, `numpy.random` and the printing of exceptions with the first experiment that needs them.

Nothing here is trusted by the host, and nothing here is secret: the hidden function is on the other side of the
oracle socket. Signals from inside the container cannot kill or stop process 1 of its pid namespace.
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import gc
import io
import math
import os
import random
import resource
import select
import signal
import socket
import struct
import sys
import threading
import time

TYPE_CHECKING = False  # the name that type checkers know; `typing` itself is not imported
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try:
    import wire  # type: ignore[import-not-found]  # in the image both files lie side by side
except ImportError:  # on the host (tests, type checking) the one copy lives in the harness
    from harness import wire

SOCKETS = "/run/lab"
DONE, RAISED, DIED = 1, 2, 3
"""What the channel reports: the experiment ended, it raised, its process is gone."""
REPORT = struct.Struct("<QI")
"""Payload of a report: the task's seed (so that no report answers another task), then a pid or a wait status."""
COMPLETE_EXIT = 98
"""Exit code of an evaluation that reached its end (0 is what code that leaves early likes to say)."""
MEMORY_EXIT = 97
"""Exit code of an experiment that ran out of memory."""
PR_SET_DUMPABLE = 4
GRACE_SECONDS = 1.0
"""How long a state process may take to report a death before it is replaced."""


# -- f, as an experiment sees it ---------------------------------------------------------------------------------------


class BudgetExhausted(Exception):  # noqa: N818 - the name is part of the fixed vocabulary
    """The query budget does not cover this call."""


_EXCEPTIONS: dict[str, type[Exception]] = {
    "BudgetExhausted": BudgetExhausted,
    "ValueError": ValueError,
    "TypeError": TypeError,
    "RuntimeError": RuntimeError,
}


class Oracle:
    """The lab's end of the oracle socket: connects when first called, once per process that uses it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.sock: socket.socket | None = None
        self.lock = threading.Lock()

    def reset(self) -> None:
        """Forget the connection; the next call opens another."""
        self.lock = threading.Lock()
        if self.sock is not None:
            self.sock.close()
            self.sock = None

    def connect(self) -> socket.socket:
        """The connection, opened if need be."""
        if self.sock is None:
            sock = socket.socket(socket.AF_UNIX)
            try:
                sock.connect(self.path)
            except OSError:
                sock.close()
                raise RuntimeError("f is not available") from None
            self.sock = sock
        return self.sock

    def scalar(self, x: float) -> Any:
        """f of one number: one send, one receive."""
        with self.lock:
            sock = self.sock or self.connect()
            try:
                sock.sendall(wire.SCALAR.pack(8, wire.NUMBER, x))
                reply = sock.recv(wire.SCALAR.size)
                if len(reply) == 13 and reply[4] == wire.NUMBER:
                    return wire.SCALAR.unpack(reply)[2]
                return self._finish(sock, reply)
            except (OSError, wire.WireError):
                self._lost()

    def request(self, kind: int, payload: bytes | memoryview) -> Any:
        """f of anything else: the decoded reply, or the exception it names."""
        with self.lock:
            sock = self.connect()
            try:
                wire.send_frame(sock, kind, payload)
                return self._finish(sock, b"")
            except (OSError, wire.WireError):
                self._lost()

    def _lost(self) -> NoReturn:
        if self.sock is not None:
            self.sock.close()
            self.sock = None
        raise RuntimeError("f is not available") from None

    def _finish(self, sock: socket.socket, start: bytes) -> Any:
        head = bytes(wire.receive_exactly(sock, max(wire.HEADER.size, len(start)), start))
        length, kind = wire.HEADER.unpack(head[: wire.HEADER.size])
        rest = head[wire.HEADER.size :]
        body = wire.receive_exactly(sock, length, rest)
        if kind == wire.ERROR:
            name, text = wire.ERRORS.get(body[0] if body else 0, ("RuntimeError", "malformed reply"))
            raise _EXCEPTIONS[name](text)
        if kind == wire.NUMBER:
            return wire.FLOAT.unpack(body)[0]
        if kind == wire.ARRAY:
            return np.frombuffer(body, dtype="<f8")
        return wire.decode_text(body) if kind == wire.TEXT else wire.decode_texts(body)


def make_f(oracle: Oracle) -> Callable[[Any], Any]:
    """The callable that experiments know as `f`."""

    def f(x: Any) -> Any:
        """The hidden function. A number, list or array (or a string or list of strings); the same shape comes back."""
        kind = type(x)
        if kind is float:
            return oracle.scalar(x)
        if kind is str or isinstance(x, str):
            return oracle.request(wire.TEXT, wire.encode_text(str.__str__(x)))
        if isinstance(x, (bool, np.bool_)):
            raise TypeError("input is of the wrong type for this function")
        if isinstance(x, (int, float, np.integer, np.floating)):
            try:
                return oracle.scalar(float(x))
            except OverflowError:
                raise ValueError("input is not a finite number") from None
        if isinstance(x, np.ndarray):
            return _f_array(oracle, x)
        if isinstance(x, (list, tuple, range)):
            return _f_list(oracle, list(x))
        raise TypeError("f takes a number, a string, a list of them or a numpy array")

    return f


def _f_array(oracle: Oracle, x: np.ndarray[Any, Any]) -> Any:
    if x.dtype.kind in "US":
        return np.array(_f_list(oracle, x.ravel().tolist())).reshape(x.shape)
    if x.dtype.kind not in "iuf":
        raise TypeError("f takes an array of real numbers")
    flat = np.ascontiguousarray(x, dtype="<f8").reshape(-1)
    if flat.size == 0:
        return np.empty(x.shape)
    reply = oracle.request(wire.ARRAY, flat.data)
    return reply.reshape(x.shape) if isinstance(reply, np.ndarray) else reply


def _f_list(oracle: Oracle, items: list[Any]) -> Any:
    if not items:
        return []
    if all(isinstance(item, str) for item in items):
        reply = oracle.request(wire.TEXTS, wire.encode_texts([str.__str__(item) for item in items]))
        return reply.tolist() if isinstance(reply, np.ndarray) else reply
    if any(isinstance(item, (bool, np.bool_, str)) for item in items):
        raise TypeError("input is of the wrong type for this function")
    try:
        array = np.array(items, dtype=np.float64)
    except OverflowError:
        raise ValueError("input is not a finite number") from None
    except (TypeError, ValueError):
        raise TypeError("f takes a list of numbers or a list of strings") from None
    reply = _f_array(oracle, array)
    return reply.tolist() if isinstance(reply, np.ndarray) else reply


# -- running code (in forks only) --------------------------------------------------------------------------------------


class _Seeding:
    """Reseeds every random generator that code is likely to use, so that a transcript replays.

    A finder of imports: `numpy.random` is seeded the moment it is imported, and by `__call__` from then on.
    """

    def __init__(self) -> None:
        self.seed = 0
        self._default_rng: Callable[[Any], Any] | None = None

    def __call__(self, seed: int) -> None:
        """Start every generator from `seed`."""
        self.seed = seed
        random.seed(seed)
        if self._default_rng is not None:
            self._seed_numpy(sys.modules["numpy.random"])

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002 - import's own names
        """The usual spec of `numpy.random`, with the seeding behind its loading; nothing of any other module."""
        if name != "numpy.random":
            return None
        sys.meta_path.remove(self)
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_seed(module: Any) -> None:
                execute(module)
                self._default_rng = module.default_rng
                self._seed_numpy(module)

            spec.loader.exec_module = execute_and_seed  # type: ignore[method-assign]
        return spec

    def _seed_numpy(self, module: Any) -> None:
        module.seed(self.seed & 0xFFFFFFFF)
        sequence, original = module.SeedSequence(self.seed), self._default_rng
        assert original is not None

        def default_rng(seed: Any = None) -> Any:
            return original(sequence.spawn(1)[0] if seed is None else seed)

        module.default_rng = default_rng  # an unseeded generator would not replay


_seed = _Seeding()


def load_numpy() -> None:
    """Import numpy, and what else every lab with `f` will want, into the process that the others are forks of."""
    global np
    if "np" in globals():
        return
    gc.disable()  # there is nothing to collect yet, and looking for it takes a fifth of the time
    import linecache  # noqa: F401 - its users import it where they need it
    import traceback  # noqa: F401

    import numpy

    np = numpy
    np.sort(np.arange(3.0) @ np.eye(3))  # the first use allocates; every fork shares it
    _freeze()


def _freeze() -> None:
    """No collection ever looks at (and thereby copies) what the forks share."""
    gc.freeze()
    gc.enable()


def _print_traceback(error: BaseException) -> None:
    """Print the traceback to stdout, cut to the experiment's own frames."""
    import traceback

    report = traceback.TracebackException(type(error), error, error.__traceback__, limit=-50, compact=True)
    seen = report
    while seen is not None:
        seen.stack = traceback.StackSummary.from_list(
            [frame for frame in seen.stack if frame.filename.startswith("<experiment")]
        )
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)  # type: ignore[assignment]
    with contextlib.suppress(Exception):
        sys.stdout.write("".join(report.format()))


def _execute(code: bytes, name: str, namespace: dict[str, Any]) -> int:
    """Run one experiment in this process; DONE or RAISED. Out of memory ends the process."""
    import linecache

    try:
        source = code.decode("utf-8", "replace")
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        exec(compile(source, name, "exec"), namespace)  # noqa: S102 - running experiments is what a lab is for
        sys.stdout.flush()
        return DONE
    except MemoryError:
        os.write(1, b"MemoryError\n")
        os._exit(MEMORY_EXIT)
    except SystemExit as error:
        with contextlib.suppress(Exception):
            sys.stdout.write(f"SystemExit: {error.code}\n")
        return RAISED
    except BaseException as error:
        try:
            _print_traceback(error)
        except MemoryError:
            os._exit(MEMORY_EXIT)
        except BaseException:
            with contextlib.suppress(BaseException):
                os.write(1, type(error).__name__.encode("utf-8", "replace") + b"\n")
        return RAISED


def _become_experiment(memory_bytes: int, *, limit_address_space: bool) -> None:
    """What a fork of the runner does once: limits, and to be the first one to go when memory is short.

    `limit_address_space`: also by what is mapped, where the kernel (gVisor's) does not limit data.
    """
    _LIBC.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    if memory_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
        if limit_address_space:
            with open("/proc/self/statm") as file:
                most = memory_bytes + int(file.read().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def _silence(descriptor: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, descriptor)
    os.close(null)


def _open_stdout() -> None:
    # Unbuffered: when an experiment is killed, what it had printed has already left the process.
    raw = open(1, "wb", buffering=0, closefd=False)  # noqa: SIM115
    sys.stdout = io.TextIOWrapper(raw, encoding="utf-8", errors="replace", newline="\n", write_through=True)


def state_loop(channel: socket.socket, oracle: Oracle) -> NoReturn:
    """The life of a state process: fork for each experiment; the child goes on as the state, or is reported dead."""
    namespace: dict[str, Any] = {
        "__name__": "__main__",
        "__builtins__": builtins,
        "f": make_f(oracle),
        "np": np,
        "numpy": np,
        "math": math,
        "BudgetExhausted": BudgetExhausted,
    }
    stdout = os.dup(1)
    count = 0
    while True:
        try:
            channel.setblocking(True)  # an experiment can make shared descriptors non-blocking
            _, payload = wire.receive_frame(channel, wire.MAX_CODE + 64)
            task = wire.Task.decode(bytes(payload))
        except (wire.WireError, OSError):
            os._exit(0)
        count += 1
        child = os.fork()
        if child:
            _, status = os.waitpid(child, 0)
            oracle.reset()  # the dead child may have left half a frame on the shared connection
            count -= 1
            wire.send_frame(channel, DIED, REPORT.pack(task.seed, status))
            continue
        # A session of its own: when the old state ends, a stopped process of its group would get a SIGHUP.
        os.setsid()
        os.set_blocking(stdout, True)
        os.dup2(stdout, 1)  # an earlier experiment may have put something else in its place
        _open_stdout()
        _seed(task.seed)
        verdict = _execute(task.code, f"<experiment {count}>", namespace)
        try:
            wire.send_frame(channel, verdict, REPORT.pack(task.seed, os.getpid()))
        except (OSError, ValueError):
            os._exit(1)  # the experiment closed the channel: it cannot go on as the state


def evaluate(task: wire.Task, results: int) -> NoReturn:
    """Run submitted code in this fork and write one packed output per input to the descriptor `results`."""
    _silence(1)
    _open_stdout()
    _seed(task.seed)
    namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
    out = open(results, "wb", buffering=1 << 16)  # noqa: SIM115
    if task.inputs_kind == wire.ARRAY:
        inputs: list[Any] = [x for (x,) in wire.FLOAT.iter_unpack(task.inputs)]
    else:
        inputs = wire.decode_texts(task.inputs)
    try:
        source = task.code.decode("utf-8", "replace")
        exec(compile(source, "<submission>", "exec"), namespace)  # noqa: S102 - the code under test
        answer = _answerer(namespace)
    except MemoryError:
        os._exit(MEMORY_EXIT)
    except BaseException as error:
        _write_error(out, error)
        os._exit(1)
    first_error: BaseException | None = None
    for x in inputs:
        try:
            packed = wire.encode_output(answer(x))
        except MemoryError:
            os._exit(MEMORY_EXIT)
        except BaseException as error:
            first_error = first_error or error
            packed = wire.HEADER.pack(0, wire.ERROR)
        out.write(packed)
    if first_error is not None:
        _write_error(out, first_error)
    out.flush()
    os._exit(COMPLETE_EXIT)


def _answerer(namespace: dict[str, Any]) -> Callable[[Any], Any]:
    predict, table = namespace.get("predict"), namespace.get("TABLE")
    if callable(predict):
        answer: Callable[[Any], Any] = predict
        return answer
    if isinstance(table, dict):
        normalised = {str(key).strip().casefold(): value for key, value in table.items()}
        return lambda x: table[x] if x in table else normalised[str(x).strip().casefold()]
    raise NameError("the code defines neither predict(x) nor TABLE")


def _write_error(out: Any, error: BaseException) -> None:
    with contextlib.suppress(BaseException):
        text = wire.encode_text(f"{type(error).__name__}: {error}"[:500])
        out.write(wire.HEADER.pack(len(text), wire.FAILURE) + text)
        out.flush()


# -- process 1 ---------------------------------------------------------------------------------------------------------

_LIBC = ctypes.CDLL(None, use_errno=True)


def _others() -> list[int]:
    """All processes of the container but the runner (numbers in its own pid namespace)."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"]


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def _kill_all_but(keep: int) -> None:
    """Kill every process but the runner and `keep`; several are stopped first, so that a fork bomb cannot outrun it."""
    for _ in range(1000):
        pids = [pid for pid in _others() if pid != keep]
        if len(pids) > 1:
            for pid in pids:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGSTOP)
        _kill(pids)
        _reap()
        if len(pids) <= 1:
            return  # one process, with SIGKILL pending, can start nothing more: its end need not be awaited
        time.sleep(0.0005)


def _reap() -> None:
    with contextlib.suppress(OSError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _oom_kills() -> int:
    """How often the kernel's out-of-memory killer struck in this container; 0 where it is not told."""
    for path in ("/sys/fs/cgroup/memory/memory.oom_control", "/sys/fs/cgroup/memory.events"):
        with contextlib.suppress(OSError, ValueError), open(path) as file:
            for line in file:
                if line.startswith("oom_kill "):
                    return int(line.split()[1])
    return 0


class Runner:
    """The control loop: one task at a time, strictly in order."""

    def __init__(self, control: socket.socket, memory_bytes: int, *, limit_address_space: bool) -> None:
        self.control = control
        self.memory_bytes = memory_bytes
        self.limit_address_space = limit_address_space
        self.oracle = Oracle(f"{SOCKETS}/oracle")
        self.state = 0
        self.channel: socket.socket | None = None
        self.stdout = -1
        self.oom_kills = _oom_kills()

    # -- the state process

    def start_state(self) -> None:
        """Fork a pristine state process, with a new channel and a new stdout pipe."""
        if self.channel is not None:
            self.channel.close()
            os.close(self.stdout)
        self.channel, theirs = socket.socketpair()
        self.stdout, write_end = os.pipe()
        os.set_blocking(self.stdout, False)
        self.state = os.fork()
        if not self.state:
            try:
                self.control.close()
                self.channel.close()
                os.dup2(write_end, 1)
                os.close(write_end)
                os.close(self.stdout)
                _silence(2)
                _become_experiment(self.memory_bytes, limit_address_space=self.limit_address_space)
                state_loop(theirs, self.oracle)
            finally:
                os._exit(1)
        theirs.close()
        os.close(write_end)

    def freeze(self) -> None:
        """Stop the state: nothing of it runs between experiments."""
        if self.state:
            with contextlib.suppress(OSError):
                os.kill(self.state, signal.SIGSTOP)

    def thaw(self) -> bool:
        """Let the state go on; False when it is gone."""
        _reap()
        try:
            os.kill(self.state, signal.SIGCONT)
        except OSError:
            return False
        return self.state != 0

    def run(self, task: wire.Task, payload: bytes) -> wire.Outcome:
        """One experiment, from the state to the new state."""
        kept = True
        if not self.state or not self.thaw():
            kept = self.state == 0  # never started: nothing was lost
            self.start_state()
        if Capture(
            self.stdout, 0
        ).at_end():  # the last experiment closed its stdout: a state that cannot print is no use
            _kill_all_but(0)
            self.start_state()
            kept = False
        assert self.channel is not None
        captured = Capture(self.stdout, task.stdout_bytes)
        deadline = time.monotonic() + task.seconds
        try:
            self._discard_forged_reports()
            self.channel.settimeout(GRACE_SECONDS)
            wire.send_frame(self.channel, wire.RUN, payload)
            verdict, word = self._wait(captured, deadline, task.seed)
        except (OSError, wire.WireError):
            verdict, word = 0, 0
        return self._settle(verdict, word, task.seed, captured, kept, timed_out=time.monotonic() >= deadline)

    def _discard_forged_reports(self) -> None:
        """An experiment may have written to the channel itself: what lies there now answers no task."""
        assert self.channel is not None
        self.channel.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while self.channel.recv(1 << 16):
                pass

    def _wait(self, captured: Capture, deadline: float, seed: int) -> tuple[int, int]:
        """Read stdout until the channel speaks or the deadline passes: (verdict, its number), or (0, 0)."""
        assert self.channel is not None
        poll = select.poll()
        poll.register(self.channel, select.POLLIN)
        poll.register(self.stdout, select.POLLIN)
        channel = self.channel.fileno()
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return 0, 0
            for descriptor, _ in poll.poll(min(left * 1000 + 1, 1000)):
                if descriptor == channel:
                    verdict, word, answers = self._report()
                    if answers == seed:
                        return verdict, word
                if not captured.read():
                    poll.unregister(self.stdout)  # every writer closed it; the channel still speaks

    def _report(self) -> tuple[int, int, int]:
        """The next report: (verdict, its number, the seed of the task it answers); WireError when it is none."""
        assert self.channel is not None
        verdict, payload = wire.receive_frame(self.channel, REPORT.size)
        if verdict not in (DONE, RAISED, DIED) or len(payload) != REPORT.size:
            raise wire.WireError("forged report")
        seed, word = REPORT.unpack(payload)
        return verdict, word, seed

    def _settle(
        self, verdict: int, word: int, seed: int, captured: Capture, kept: bool, *, timed_out: bool
    ) -> wire.Outcome:
        """End what must end, keep what may stay, and say which it was."""
        previous = self.state
        if verdict in (DONE, RAISED):
            self.state = word
            status = 0 if verdict == DONE else 1
        else:
            status = 2 if timed_out else 4
            if verdict == DIED:
                status = self._cause(word)
        _kill_all_but(self.state)
        captured.drain()
        if verdict == 0 and not self._await_death(seed):
            _kill_all_but(0)
            self.state, kept = 0, False
        if verdict in (DONE, RAISED) and (self.state in (0, 1, previous) or not _alive(self.state)):
            _kill_all_but(0)
            self.state, kept, status = 0, False, 4
        if status == 4 and (kills := _oom_kills()) > self.oom_kills:
            self.oom_kills, status = kills, 3
        if not self.state:
            self.start_state()
        return wire.Outcome(status, captured.truncated, kept, bytes(captured.data))

    def _await_death(self, seed: int) -> bool:
        """After the experiment was killed, the state that forked it must say so; False when it does not."""
        assert self.channel is not None
        try:
            os.kill(self.state, signal.SIGCONT)
            self.channel.settimeout(GRACE_SECONDS)
            while True:
                verdict, _, answers = self._report()
                if verdict == DIED and answers == seed:
                    return True
        except (OSError, wire.WireError):
            return False

    def _cause(self, status: int) -> int:
        return 3 if os.WIFEXITED(status) and os.WEXITSTATUS(status) == MEMORY_EXIT else 4

    # -- submitted code

    def evaluate(self, task: wire.Task) -> wire.Outcome:
        """Submitted code in a fresh fork of this pristine process; its packed outputs."""
        if self.state:  # of a lab that was made for experiments
            _kill_all_but(0)
            self.state = 0
        results, write_end = os.pipe()
        os.set_blocking(results, False)
        child = os.fork()
        if not child:
            try:
                self.control.close()
                os.close(results)
                _silence(2)
                _become_experiment(self.memory_bytes, limit_address_space=self.limit_address_space)
                evaluate(task, write_end)
            finally:
                os._exit(1)
        os.close(write_end)
        captured = Capture(results, task.stdout_bytes)
        deadline = time.monotonic() + task.seconds
        poll = select.poll()
        poll.register(results, select.POLLIN)
        late = False
        while not late:
            left = deadline - time.monotonic()
            late = left <= 0
            if not late and poll.poll(left * 1000 + 1) and not captured.read():
                break
        pid = status = 0
        while not pid and not late:  # it closed its results, so it is about to end, or it pretends to be
            pid, status = os.waitpid(child, os.WNOHANG)
            late = not pid and time.monotonic() >= deadline
            time.sleep(0 if pid else 0.0002)
        _kill_all_but(0)
        self.state = 0
        captured.drain()
        os.close(results)
        verdict = 2
        if not late:
            code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1
            verdict = {COMPLETE_EXIT: 0, 1: 1, MEMORY_EXIT: 3}.get(code, 4)
            if verdict == 4 and (kills := _oom_kills()) > self.oom_kills:
                self.oom_kills, verdict = kills, 3
        return wire.Outcome(verdict, captured.truncated, True, bytes(captured.data))

    def serve(self) -> None:
        """Answer tasks until the host closes the control socket."""
        if "np" in globals():  # before it is asked for: the first experiment need not wait
            self.start_state()
        wire.send_frame(self.control, wire.READY)
        while True:
            kind, payload = wire.receive_frame(self.control, wire.MAX_NUMBERS_FRAME + wire.MAX_CODE)
            data = bytes(payload)
            task = wire.Task.decode(data)
            if kind == wire.RUN or b"numpy" in task.code:
                load_numpy()  # once for all forks; code that imports it unnamed does so by itself
            outcome = self.run(task, data) if kind == wire.RUN else self.evaluate(task)
            wire.send_frame(self.control, wire.OUTCOME, outcome.encode())
            _reap()
            self.freeze()


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rsplit(b") ", 1)[1][:1] not in b"ZX"
    except (OSError, IndexError):
        return False


class Capture:
    """Reads a pipe, keeps the first `limit` bytes, counts the rest away."""

    def __init__(self, descriptor: int, limit: int) -> None:
        self.descriptor = descriptor
        self.limit = limit
        self.data = bytearray()
        self.truncated = False

    def read(self) -> bool:
        """Take what one read gives; False at the end of the pipe."""
        try:
            chunk = os.read(self.descriptor, 1 << 16)
        except BlockingIOError:
            return True
        room = self.limit - len(self.data)
        self.data += chunk[:room]
        self.truncated |= len(chunk) > room
        return bool(chunk)

    def drain(self) -> None:
        """Take all that is there now; the writers are gone, so it ends."""
        for _ in range(64):
            before = len(self.data)
            if not self.read() or (len(self.data) == before and not self.truncated):
                return

    def at_end(self) -> bool:
        """Throw away what an earlier experiment's processes left; True when nobody can write any more."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self.descriptor, 1 << 16):
                pass
            return True
        return False


def main() -> None:
    """Connect, warm up, serve. Arguments: bytes of memory of an experiment, then `numpy`, `limit-address-space`."""
    if os.getpid() != 1:
        sys.exit("runner: it kills every process but its own, so it runs only as process 1 of a container")
    _LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # experiments (same user) cannot open this process's memory or descriptors
    control = socket.socket(socket.AF_UNIX)
    control.connect(f"{SOCKETS}/control")
    memory_bytes = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    sys.meta_path.insert(0, _seed)
    if "numpy" in sys.argv:
        load_numpy()
    else:
        _freeze()
    try:
        Runner(control, memory_bytes, limit_address_space="limit-address-space" in sys.argv).serve()
    except (wire.WireError, OSError):
        os._exit(0)  # the host closed the socket: the lab is over, and there is nothing to tidy up


if __name__ == "__main__":
    main()
