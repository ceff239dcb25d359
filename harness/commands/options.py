"""Options that come from a model's fields: name, type, default, range and help stand once, where the field is declared.

A new field of `Limits`, `ModelSettings`, `InterpreterSettings` or `RunConfig` is an option of the commands that take
these; what shall be none is left out by name below.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin

import annotated_types
import click
from click.core import ParameterSource
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from findbench.harness.commands.command import Choice, option
from findbench.harness.errors import UsageError
from findbench.harness.records import Run
from findbench.harness.sandbox.backend import Transport
from findbench.harness.schema.brief import InterpreterSettings
from findbench.harness.schema.limits import Limits
from findbench.harness.schema.model import ModelSettings
from findbench.harness.schema.records import RunConfig
from findbench.harness.scoring.judges.table import DEFAULT_JUDGES, JUDGES, JudgeSettings
from findbench.harness.seeds import secret_of_seed
from findbench.harness.series import BUDGETS, expanded

F = TypeVar("F", bound=Callable[..., Any])
M = TypeVar("M", bound=BaseModel)
METAVARS: dict[Any, str] = {int: "N", float: "X", str: "NAME", Path: "PATH"}


@dataclass(frozen=True)
class ModelOptions(Generic[M]):
    """The options of one model: a decorator for a command, and the maker of the model from what was given."""

    model: type[M]
    heading: str
    names: Mapping[str, str] = field(default_factory=dict)
    """Field -> name of its option, where it is not the field's own."""
    left_out: frozenset[str] = frozenset()
    """Fields that are no options."""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Field -> further arguments of `click.option`."""

    @property
    def fields(self) -> dict[str, FieldInfo]:
        """The fields that are options."""
        return {name: info for name, info in self.model.model_fields.items() if name not in self.left_out}

    def option_name(self, field_name: str) -> str:
        """`memory_mib` -> `--memory-mib`."""
        return self.names.get(field_name, "--" + field_name.replace("_", "-"))

    def __call__(self, command: F) -> F:
        """Add the options to `command`, in the order of the fields."""
        for name, info in reversed(self.fields.items()):
            command = self._option(name, info)(command)
        return command

    def _option(self, name: str, info: FieldInfo) -> Callable[[F], F]:
        kind, flag = _click_type(info)
        settings: dict[str, Any] = {
            "heading": self.heading,
            "help": info.description,
            "default": None if info.is_required() else info.get_default(call_default_factory=True),
            "required": info.is_required(),
            "type": kind,
        }
        if flag:
            settings |= {"is_flag": True, "type": None}
        elif not isinstance(kind, click.Choice):
            settings["metavar"] = METAVARS[_plain_type(info)]
        return option(self.option_name(name), name, **{**settings, **self.settings.get(name, {})})

    def typed(self) -> list[str]:
        """Fields whose options stand on the command line that is running; an environment variable does not count."""
        context = click.get_current_context()
        return [name for name in self.fields if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]

    def make(self, given: Mapping[str, Any], **fixed: Any) -> M:
        """The model from a command's parameters, and from `fixed` fields. Raises UsageError, which names the option."""
        try:
            return self.model(**{name: given[name] for name in self.fields}, **fixed)
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]) if first["loc"] else ""
            where = self.option_name(name) if name in self.fields else name
            raise UsageError(f"{where} {first['input']!r}: {first['msg'].lower()}") from error


def _plain_type(info: FieldInfo) -> Any:
    """The annotation without None: `int | None` is an int that may be left out."""
    annotation = info.annotation
    if get_origin(annotation) in (Union, UnionType):
        (annotation,) = (each for each in get_args(annotation) if each is not NoneType)
    return annotation


def _click_type(info: FieldInfo) -> tuple[Any, bool]:
    """The type for click, and whether the option is a flag."""
    plain = _plain_type(info)
    if get_origin(plain) is Literal:
        return Choice(get_args(plain)), False
    if plain in (int, float):
        kind = click.IntRange if plain is int else click.FloatRange
        return kind(**_bounds(info)), False
    if plain is Path:
        return click.Path(path_type=Path), False
    return plain, plain is bool


def _bounds(info: FieldInfo) -> dict[str, Any]:
    bounds: dict[str, Any] = {}
    for each in info.metadata:
        if isinstance(each, annotated_types.Ge):
            bounds |= {"min": each.ge}
        elif isinstance(each, annotated_types.Gt):
            bounds |= {"min": each.gt, "min_open": True}
        elif isinstance(each, annotated_types.Le):
            bounds |= {"max": each.le}
        elif isinstance(each, annotated_types.Lt):
            bounds |= {"max": each.lt, "max_open": True}
    return bounds


limits = ModelOptions(Limits, "Limits of a lab")
interpreter = ModelOptions(InterpreterSettings, "Language model", names={"code": "--code/--no-code"})
measured = ModelOptions(
    RunConfig,
    "What to run",
    left_out=frozenset(
        {"suite", "suite_checksum", "functions", "interpreter", "settings", "limits", "budget"}  # options of their own
        | {"model", "temperature", "max_reply_tokens", "prompts_hash"}  # of the language model, noted down
        | {"seed"}  # together with --reproducible: `secret`
    ),
)
model = ModelOptions(
    ModelSettings,
    "Language model",
    names={"timeout_s": "--timeout", "requests_per_minute": "--rpm", "tokens_per_minute": "--tpm"},
    left_out=frozenset({"backoff_s", "max_wait_s", "max_retry_after_s", "concurrency"}),
    settings={
        "model": {"required": False, "default": None},
        "base_url": {"envvar": "OPENAI_BASE_URL", "show_envvar": True, "metavar": "URL"},
    },
)


# -- the run's secret

GIVEN_UP = (
    "--reproducible: the secret of this run derives from seed {seed}. Whoever guesses the seed, code in a lab too, can "
    "compute noise and held-out inputs: use such a run to demonstrate or to test, not for a result that must hold"
)


def secret(command: F) -> F:
    """Options for where the run's secret comes from; without one a new run draws it."""
    for add in (
        option(
            "--reproducible",
            heading=measured.heading,
            is_flag=True,
            help="Derive the run's secret from --seed. Gives up that nobody can guess it.",
        ),
        option(
            "--seed",
            heading=measured.heading,
            type=click.IntRange(min=0),
            metavar="N",
            help="Where the secret of a run comes from that is --reproducible.",
        ),
        option(
            "--secret-from",
            heading=measured.heading,
            type=click.Path(path_type=Path),
            metavar="RUN",
            help="The secret of another run: equal noise and held-out inputs. Default: a new secret.",
        ),
    ):
        command = add(command)
    return command


def make_secret(given: Mapping[str, Any]) -> str | None:
    """The secret that was asked for; None for that of the run itself. Raises UsageError for what does not fit."""
    seed, reproducible, other = given["seed"], given["reproducible"], given["secret_from"]
    if seed is not None and not reproducible:
        raise UsageError(
            f"--seed {seed} needs --reproducible: a secret that derives from a seed can be guessed. To repeat another "
            "run's noise and held-out inputs, give --secret-from RUN"
        )
    if reproducible and seed is None:
        raise UsageError("--reproducible needs --seed: the number that the secret derives from")
    if seed is None:
        return None if other is None else Run(expanded([other])[0]).secret  # a series has one secret
    if other is not None:
        raise UsageError("--secret-from and --seed contradict each other: a run has one secret")
    return secret_of_seed(seed)


# -- how many queries


SEVERAL = ",".join(map(str, BUDGETS))


def _budgets(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, ...]:
    """What `--budget` was given: no number, one, or several that ascend. Raises BadParameter."""
    if value is None:
        return ()
    if not re.fullmatch(" *[0-9]{1,9} *(, *[0-9]{1,9} *)*", value):
        raise click.BadParameter(
            f"{value!r} is no number of queries, nor several with commas, such as {SEVERAL}", context, parameter
        )
    found = tuple(map(int, value.split(",")))
    if len(found) > 1 and not all(a < b for a, b in pairwise((0, *found))):
        raise click.BadParameter(
            f"{value!r}: several numbers of queries must be positive, different and ascending", context, parameter
        )
    return found


budget = option(
    "--budget",
    "budgets",
    heading="What to run",
    callback=_budgets,
    metavar="N[,N...]",
    help=f"Queries of `f` per episode. Default: the category's own (100, relations 50). Several, such as {SEVERAL}, "
    "make one run each, in DIR/budget-N.",
)


# -- how labs are reached


def transport(command: F, *, heading: str = "Options") -> F:
    """The option of every command that starts labs. No field of a model: a run may go on over another transport."""
    return option(
        "--transport",
        heading=heading,
        type=Choice(get_args(Transport)),
        default="auto",
        envvar="FINDBENCH_TRANSPORT",
        show_envvar=True,
        help="How labs are reached: by unix sockets, by their stdin and stdout, or (auto) by what works.",
    )(command)


# -- the model that judges, which need not be the one that is studied

JUDGE = "Judge of descriptions"
PATIENCE = ("max_reply_tokens", "timeout_s", "retries", "requests_per_minute", "tokens_per_minute", "prices")
"""Fields of `ModelSettings` that hold for the judge too: it is as patient and as quick as the model that is studied."""
judge_patience = replace(
    model, heading=JUDGE, left_out=frozenset(name for name in ModelSettings.model_fields if name not in PATIENCE)
)
"""PATIENCE as options, for a command without a model that is studied."""


_JUDGES_IN_WORDS = ", or ".join(
    f"{entry.help} ({name}{', the default' if name in DEFAULT_JUDGES else ''})" for name, entry in JUDGES.items()
)


def judge(command: F) -> F:
    """Options for the model that judges."""
    for add in (
        option("--judge-base-url", heading=JUDGE, metavar="URL", help="Its server. Default: that of --base-url."),
        option(
            "--judge",
            "judges",
            heading=JUDGE,
            multiple=True,
            type=Choice(JUDGES),
            help=f"What it is asked (repeatable): {_JUDGES_IN_WORDS}.",
        ),
        option("--judge-model", heading=JUDGE, metavar="NAME", help="Also judge the descriptions with this model."),
    ):
        command = add(command)
    return command


def judge_settings(given: Mapping[str, Any]) -> JudgeSettings | None:
    """What was asked for; None without a model that judges. Raises UsageError for what has no meaning without one."""
    if not given["judge_model"]:
        for name, value in (("--judge", given["judges"]), ("--judge-base-url", given["judge_base_url"])):
            if value:
                raise UsageError(f"{name} needs --judge-model: the name of the model that judges")
        if "model" not in given and (typed := judge_patience.typed()):
            name = judge_patience.option_name(typed[0])
            raise UsageError(f"{name} needs --judge-model: the name of the model that judges")
        return None
    url = given["judge_base_url"] or given.get("base_url") or os.environ.get("OPENAI_BASE_URL") or None
    shared = {name: given[name] for name in PATIENCE}
    settings = ModelSettings(model=given["judge_model"], base_url=url, **shared)
    return JudgeSettings(settings, given["judges"] or DEFAULT_JUDGES)


def refuse_without_model(given: Mapping[str, Any], interpreter_name: str, *, uses_model: bool) -> None:
    """Raise UsageError for a typed option that has no meaning because there is no --model.

    `uses_model`: whether the interpreter may use a model. What a model that judges shares is meant for it, and an
    interpreter of one's own is given its settings with or without a model.
    """
    shared = {*PATIENCE, "base_url"} if given["judge_model"] else set()
    typed = [model.option_name(name) for name in model.typed() if name not in shared]
    if not uses_model:
        typed += [interpreter.option_name(name) for name in interpreter.typed()]
    if typed and uses_model:
        raise UsageError(f"{typed[0]} needs --model: the name of the language model that studies")
    if typed:
        raise UsageError(f"interpreter {interpreter_name!r} uses no language model: leave out {typed[0]}")
