"""Process 1 of a lab: takes experiments from the control socket, runs each in a fork of the last good state.

Processes. This one (the runner) owns the control socket and never runs code that came from outside. The *state*
process is a fork that holds the variables of earlier experiments. Ahead of an experiment it forks once more: the
*standby* waits for the task on a socketpair, the *channel*, runs the code and, when that ends normally (or with an
exception), becomes the new state, and the runner ends the old one. When it dies instead, the old state reports it and
forks another. Between experiments both are stopped, and every other process is killed: nothing runs, prints or queries
outside an experiment.

Submitted code runs in children of another fork, the *nursery* (`evaluation.py`, `nursery.py`).

Imports. What a container costs is mostly what it imports: numpy comes at the start of a lab with `f` and with code
that names it, `random`, `numpy.random` and the printing of exceptions with the first experiment that needs them.

Nothing here is trusted by the host, and nothing here is secret: the hidden function is on the other side of the
oracle socket. Process 1 ignores every signal that can be ignored; what cannot be ignored does nothing to process 1 of
a pid namespace when it comes from inside (gVisor's kernel does not know that rule).
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import time

from . import wire
from .capture import Capture
from .experiment import DIED, DONE, RAISED, REPORT, STAND_BY, STANDS_BY, state_loop
from .forks import MEMORY_EXIT, become_fork
from .landlock import write_no_kernel_files
from .processes import (
    alive,
    await_ending,
    default_signals,
    ignore_signals,
    kill,
    kill_all_but,
    oom_kills,
    reap,
    set_dumpable,
)
from .seeding import reseed
from .warming import freeze, load_numpy

TYPE_CHECKING = False  # the name that type checkers know; `typing` is not worth importing
if TYPE_CHECKING:
    from typing import Any

    from .mux import Mux
    from .nursery import Nursery

SOCKETS = "/run/lab"
GRACE_SECONDS = 5.0
"""How long a state process may take to report a death before it is replaced."""
ALIVE_SECONDS = 0.25
"""How often it is looked, while one waits for a state process, whether it is still there."""
STANDBY_SECONDS = 5.0
"""How long a state process may take to fork, which is outside of every experiment's time, before it is replaced."""


class Runner:
    """The control loop: one task at a time, strictly in order."""

    def __init__(
        self,
        control: Any,
        memory_bytes: int,
        *,
        own_kernel: bool,
        oracle: str,
        relay: Mux | None,
    ) -> None:
        """`control`: a socket, or what behaves like one. `oracle`: where `f` is found.

        `own_kernel`: the container's kernel is the runtime's (gVisor's): it limits no data, and applies no profile.
        `relay`: what must be pumped while an experiment runs, for it carries the calls of `f` too.
        """
        self.control = control
        self.oracle = oracle
        self.relay = relay
        self.memory_bytes = memory_bytes
        self.own_kernel = own_kernel
        self.state = 0
        self.standby = 0
        self.ticket = 0
        self.lost = False
        self.nursery: Nursery | None = None
        self.channel: socket.socket | None = None
        self.stdout = self.stderr = -1
        self.oom_kills = oom_kills()

    # -- the state process

    def start_state(self) -> None:
        """Fork a pristine state process, with a new channel and new pipes for stdout and stderr."""
        if self.channel is not None:
            self.channel.close()
            os.close(self.stdout)
            os.close(self.stderr)
        self.channel, theirs = socket.socketpair()
        self.stdout, stdout = _pipe()
        self.stderr, stderr = _pipe()
        self.state = os.fork()
        if not self.state:
            try:
                self.control.close()
                self.channel.close()
                os.close(self.stdout)
                os.close(self.stderr)
                for pipe, descriptor in ((stdout, 1), (stderr, 2)):
                    os.dup2(pipe, descriptor)
                    os.close(pipe)
                default_signals()
                become_fork(self.memory_bytes, own_kernel=self.own_kernel)
                write_no_kernel_files()  # else an experiment could have process 1 go before itself
                if self.own_kernel:
                    from .guard import guard_process_1

                    guard_process_1()
                state_loop(theirs, self.oracle)
            finally:
                os._exit(1)
        theirs.close()
        os.close(stdout)
        os.close(stderr)

    def ask_standby(self) -> None:
        """Have the state fork ahead of the next task; nobody need wait for it."""
        self.standby = 0
        if not self.state:
            return
        ticket = os.urandom(8)
        self.ticket = int.from_bytes(ticket, "little")
        with contextlib.suppress(OSError):
            self._ask(STAND_BY, ticket)

    def await_standby(self) -> bool:
        """Wait for the fork that was asked for; False when there is none."""
        if not self.state:
            return False
        with contextlib.suppress(OSError, wire.WireError):
            verdict, pid = self._await((STANDS_BY, DIED), STANDBY_SECONDS)
            if verdict == STANDS_BY and pid not in (1, self.state) and alive(pid):
                self.standby = pid
                return True
        return False

    def renew(self) -> bool:
        """Give up the state with all that it knows, for a pristine one with its standby; False when none comes."""
        kill_all_but(0)
        self.start_state()
        self.ask_standby()
        return self.await_standby()

    def freeze(self) -> None:
        """Stop the state and its standby: nothing of them runs between experiments."""
        if self.own_kernel:
            await_ending()  # gVisor has a stopped process go on (and hang up) when the one that made it ends
        for process in (self.state, self.standby):
            if process:
                with contextlib.suppress(OSError):
                    os.kill(process, signal.SIGSTOP)

    def thaw(self) -> bool:
        """Let the state and its standby go on; False when they are not both there."""
        reap()
        if not self.standby or not alive(self.standby):
            return False
        try:
            os.kill(self.state, signal.SIGCONT)
            os.kill(self.standby, signal.SIGCONT)
        except OSError:
            return False
        return True

    def run(self, task: wire.Task, payload: bytes) -> wire.Outcome:
        """One experiment, from the state to the new state."""
        if self.nursery is not None:  # an experiment could do it harm: what is evaluated next is so elsewhere
            self.nursery.close()
            self.nursery = None
        if self.relay is not None:
            self.relay.serve_callers()
        if not self.thaw() or self._is_mute():  # a state that cannot print any more is no use
            self.lost |= self.state != 0  # else it never started: nothing is lost
            if not self.renew():
                return wire.Outcome("killed", state_kept=False)
        kept, self.lost = not self.lost, False
        stdout, stderr = Capture(self.stdout, task.output_bytes), Capture(self.stderr, task.stderr_bytes)
        deadline = time.monotonic() + task.seconds
        try:
            self._ask(wire.RUN, payload)
            verdict, word = self._wait((stdout, stderr), deadline, task.seed)
        except (OSError, wire.WireError):
            verdict, word = 0, 0
        late = time.monotonic() >= deadline
        status, kept = self._settle(verdict, word, (stdout, stderr), kept, timed_out=late)
        return wire.Outcome(
            status,
            bytes(stdout.data),
            truncated=stdout.truncated,
            state_kept=kept,
            stderr=bytes(stderr.data),
            stderr_truncated=stderr.truncated,
        )

    def _is_mute(self) -> bool:
        """Throw away what earlier experiments left in the pipes; whether one of them has no writer any more."""
        ended = [Capture(pipe, 0).at_end() for pipe in (self.stdout, self.stderr)]
        return any(ended)

    def _ask(self, kind: int, payload: bytes) -> None:
        """Send to the channel. An experiment may have written to it itself: what lies there now answers nothing."""
        assert self.channel is not None
        self.channel.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while self.channel.recv(1 << 16):
                pass
        self.channel.settimeout(GRACE_SECONDS)
        wire.send_frame(self.channel, kind, payload)

    def _wait(self, captured: tuple[Capture, ...], deadline: float, seed: int) -> tuple[int, int]:
        """Read the pipes until the channel speaks or the deadline passes: (verdict, its number), or (0, 0)."""
        assert self.channel is not None
        poll = select.poll()
        poll.register(self.channel, select.POLLIN)
        pipes = {pipe.descriptor: pipe for pipe in captured}
        for descriptor in pipes:
            poll.register(descriptor, select.POLLIN)
        relay = self._watch_relay(poll)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return 0, 0
            for descriptor, _ in poll.poll(min(left * 1000 + 1, 1000)):
                if descriptor == relay:
                    self.relay.pump()  # type: ignore[union-attr]  # there is a relay where there is its descriptor
                elif (pipe := pipes.get(descriptor)) is None:
                    verdict, word, answers = self._report()
                    if (verdict, answers) in ((DONE, seed), (RAISED, seed), (DIED, self.ticket)):
                        return verdict, word
                elif not pipe.read():
                    poll.unregister(descriptor)  # every writer closed it; the channel still speaks

    def _watch_relay(self, poll: select.poll) -> int:
        """Have `poll` tell of the relay too; its descriptor, or -1."""
        if self.relay is None:
            return -1
        poll.register(self.relay, select.POLLIN)
        return self.relay.fileno()

    def _report(self) -> tuple[int, int, int]:
        """The next report: (verdict, its number, what it answers); WireError when it is none."""
        assert self.channel is not None
        verdict, payload = wire.receive_frame(self.channel, REPORT.size)
        if verdict not in (DONE, RAISED, DIED, STANDS_BY) or len(payload) != REPORT.size:
            raise wire.WireError("forged report")
        answers, word = REPORT.unpack(payload)
        return verdict, word, answers

    def _await(self, wanted: tuple[int, ...], seconds: float) -> tuple[int, int]:
        """The next report of these kinds that answers the ticket: (verdict, its number). TimeoutError when late."""
        assert self.channel is not None
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.channel.settimeout(left)
            verdict, word, answers = self._report()
            if verdict in wanted and answers == self.ticket:
                return verdict, word
        raise TimeoutError

    def _settle(
        self, verdict: int, word: int, captured: tuple[Capture, ...], kept: bool, *, timed_out: bool
    ) -> tuple[wire.Status, bool]:
        """End what must end, keep what may stay: which it was, and whether the state is still there."""
        previous = self.state
        if verdict in (DONE, RAISED):
            self.state = word
            status: wire.Status = "ok" if verdict == DONE else "error"
        else:
            status = "timeout" if timed_out else "killed"
            if verdict == DIED:
                status = self._cause(word)
        if self.state != previous:
            kill(previous)  # its parent is gone or is this process: see `kill`
        kill_all_but(self.state)
        for pipe in captured:
            pipe.drain()
        if verdict == 0 and not self._await_death():
            kill_all_but(0)
            self.state, kept = 0, False
        if verdict in (DONE, RAISED) and (self.state in (0, 1, previous) or not alive(self.state)):
            kill_all_but(0)
            self.state, kept, status = 0, False, "killed"
        if status == "killed" and (kills := oom_kills()) > self.oom_kills:
            self.oom_kills, status = kills, "memory"
        if not self.state:
            self.start_state()
        return status, kept

    def _await_death(self) -> bool:
        """After the experiment was killed, the state that forked it must say so; False when it does not, or is gone."""
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and alive(self.state):
            try:
                os.kill(self.state, signal.SIGCONT)
                self._await((DIED,), ALIVE_SECONDS)
            except TimeoutError:
                continue  # busy, or not there any more
            except (OSError, wire.WireError):
                return False
            return True
        return False

    def _cause(self, status: int) -> wire.Status:
        return "memory" if os.WIFEXITED(status) and os.WEXITSTATUS(status) == MEMORY_EXIT else "killed"

    # -- submitted code

    def prepare(self) -> None:
        """Fork the nursery, while this process has not seen an input yet. What experiments left ends."""
        from .nursery import Nursery  # most labs evaluate nothing

        kill_all_but(0)
        self.state = 0
        self.nursery = Nursery(self._leave, self.memory_bytes, own_kernel=self.own_kernel)

    def _leave(self) -> None:
        """In a fork that is no state: give up what only this process and the state may have."""
        self.control.close()
        if self.channel is not None:
            self.channel.close()
            os.close(self.stdout)
            os.close(self.stderr)

    def evaluate(self, task: wire.Task) -> wire.Outcome:
        """Submitted code over inputs. WireError when nothing was prepared, or an experiment has come since."""
        from .evaluation import evaluate

        if self.nursery is None:
            raise wire.WireError("nothing was prepared")
        return evaluate(task, self.nursery, self.relay)

    def serve(self) -> None:
        """Answer tasks until the host closes the control socket."""
        if "numpy" in sys.modules:  # before it is asked for: the first experiment need not wait
            self.start_state()
        self.ask_standby()
        wire.send_frame(self.control, wire.READY)
        while True:
            self._stand_by()
            kind, payload = wire.receive_frame(self.control, wire.MAX_NUMBERS_FRAME + wire.MAX_CODE)
            ticket, data = bytes(payload[: wire.TICKET_BYTES]), bytes(payload[wire.TICKET_BYTES :])
            outcome = self._take(kind, data)
            self.ask_standby()  # it forks while the host reads the outcome
            wire.send_frame(self.control, wire.OUTCOME, ticket, outcome.encode())

    def _take(self, kind: int, data: bytes) -> wire.Outcome:
        if kind == wire.PREPARE:
            self.prepare()
            return wire.Outcome("ok")
        task = wire.Task.decode(data)
        if kind == wire.EVALUATE:
            return self.evaluate(task)
        load_numpy()  # once for all states
        outcome = self.run(task, data)
        if self.relay is not None:
            self.relay.end_callers()  # before the outcome leaves, so that the host hears nothing of them after it
        return outcome

    def _stand_by(self) -> None:
        """Between tasks: a fork that stands by, and then nothing that runs."""
        reap()
        if self.state and not self.await_standby():
            self.lost = True
            self.renew()
        self.freeze()


def _pipe() -> tuple[int, int]:
    """A pipe whose read end (the first) never blocks."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    return read_end, write_end


def _connect() -> tuple[Any, str, Mux | None]:
    """The control connection, where `f` is found, and the relay if both are carried over stdin and stdout."""
    if "stdio" in sys.argv:
        from .mux import ORACLE_ADDRESS, Mux

        mux = Mux()
        return mux, ORACLE_ADDRESS, mux
    control = socket.socket(socket.AF_UNIX)
    control.connect(f"{SOCKETS}/control")
    return control, f"{SOCKETS}/oracle", None


def main() -> None:
    """Connect, warm up, serve.

    Arguments: bytes of memory of an experiment, then any of the words `numpy`, `own-kernel`, `stdio`.
    """
    if os.getpid() != 1:
        sys.exit("runner: it kills every process but its own, so it runs only as process 1 of a container")
    ignore_signals()
    set_dumpable(dumpable=False)  # experiments (same user) cannot open this process's memory or descriptors
    control, oracle, relay = _connect()
    memory_bytes = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    sys.meta_path.insert(0, reseed)
    if "numpy" in sys.argv:
        load_numpy()
    else:
        freeze()
    try:
        Runner(
            control,
            memory_bytes,
            own_kernel="own-kernel" in sys.argv,
            oracle=oracle,
            relay=relay,
        ).serve()
    except (wire.WireError, OSError):
        os._exit(0)  # the host closed the connection: the lab is over, and there is nothing to tidy up
