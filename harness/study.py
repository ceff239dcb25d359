"""`findbench.study`: one episode from Python in one line."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from findbench.harness.episode import Episode, run_episode
from findbench.harness.errors import UsageError
from findbench.harness.interpreters.base import Interpreter, needs_of
from findbench.harness.interpreters.table import INTERPRETERS, load_interpreter
from findbench.harness.lab.factory import LabFactory
from findbench.harness.schema.brief import DEFAULT_ROUNDS, InterpreterSettings, Prior
from findbench.harness.schema.limits import Limits
from findbench.harness.schema.model import ModelSettings
from findbench.harness.schema.records import EpisodeConfig, EpisodeRecord
from findbench.harness.seeds import new_secret, secret_of_seed

if TYPE_CHECKING:
    from findbench.functions.base import Function
    from findbench.harness.recording import OnEvent
    from findbench.harness.sandbox.backend import Transport


def study(
    function: Function,
    interpreter: str | Interpreter,
    *,
    budget: int | None = None,
    rounds: int = DEFAULT_ROUNDS,
    seed: int | None = None,
    prior: Prior = "category",
    limits: Limits | None = None,
    runtime: str = "runc",
    transport: Transport = "auto",
    model: str | ModelSettings | None = None,
    base_url: str | None = None,
    settings: InterpreterSettings | None = None,
    on_event: OnEvent = lambda _: None,
) -> EpisodeRecord:
    """Let `interpreter` study `function` in a lab of its own, score what it submits, and return the record.

        record = findbench.study(findbench.load_suite("mini")["numeric/0003"], "scientist", budget=100)
        print(record.interpretation.description, record.score.global_)

    `interpreter`: a name as in `findbench run --interpreter`, `module:Class`, or an object that is one. A name that
    needs a language model wants `model`: its name at `base_url` (without one at api.openai.com; the key comes from
    OPENAI_API_KEY), or `ModelSettings`. `budget`: queries of `f`; None: as many as the function's category has, or
    100 for a function of your own. `settings` are for interpreters that are given by name. `on_event` is told of every
    experiment and note as it happens. Nothing is written to disk.

    Everything random of the episode (noise, held-out inputs, the interpreter's seed) derives from a secret of 128
    bits, which is drawn anew; `record.seed` is what it gave. With `seed` the secret derives from that number instead:
    equal arguments give equal episodes, but code in a lab that guesses the seed can compute what it must not know.

    What the interpreter or its model does wrong is in the record: see `status` and `error`. Raises UsageError for
    arguments that cannot be used, FatalModelError when the model can serve nobody, EngineError when the engine cannot
    be used, and InfrastructureError when the lab broke (try again).
    """
    if (budget is not None and budget < 0) or rounds < 1 or (seed is not None and seed < 0):
        raise UsageError(f"budget {budget}, rounds {rounds}, seed {seed}: give at least 0, 1 and 0")
    config = EpisodeConfig(prior=prior, budget=budget, rounds=rounds, limits=limits or Limits())
    secret = new_secret() if seed is None else secret_of_seed(seed)
    with contextlib.ExitStack() as stack:
        chosen = _interpreter(interpreter, settings, _model(model, base_url), stack)
        labs = LabFactory(config.limits, runtime=runtime, transport=transport)
        return run_episode(Episode(function, 0, config, secret), chosen, labs, on_event=on_event)


def _model(model: str | ModelSettings | None, base_url: str | None) -> ModelSettings | None:
    if isinstance(model, str):
        return ModelSettings(model=model, base_url=base_url)
    if base_url is not None:
        raise UsageError(f"base_url {base_url!r} is the server of a model: give the model's name with it, as model=...")
    return model


def _interpreter(
    interpreter: str | Interpreter,
    settings: InterpreterSettings | None,
    model: ModelSettings | None,
    stack: contextlib.ExitStack,
) -> Interpreter:
    """The interpreter; the client that it talks to its model with is closed with `stack`."""
    if not isinstance(interpreter, str):
        if isinstance(interpreter, type) or not isinstance(interpreter, Interpreter):
            raise UsageError(
                f"{interpreter!r} is not an interpreter: give a name, module:Class, or an object with a `name` and "
                "`interpret(lab, brief)`"
            )
        if model or settings:
            raise UsageError("an interpreter that is given as an object brings its own model and settings")
        needs_of(interpreter)
        return interpreter
    entry = INTERPRETERS.get(interpreter)
    if entry and entry.needs_model and not model:
        raise UsageError(f"interpreter {interpreter!r} needs a language model: give model=... (and base_url=...)")
    if entry and model and not entry.needs_model:
        raise UsageError(f"interpreter {interpreter!r} uses no language model: leave out model=...")
    client = None
    if model:
        from findbench.harness.model.client import ChatClient  # slow to load: only for those who ask for a model

        client = stack.enter_context(ChatClient(model))
    return load_interpreter(interpreter, settings or InterpreterSettings(), client)
