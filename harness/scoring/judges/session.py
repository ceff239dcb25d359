"""The judges that ask a language model, over the descriptions of a whole run: what `run` and `score` share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from findbench.functions.discovery import load_object
from findbench.harness.errors import FatalModelError, ModelError
from findbench.harness.interpreters.prompts import Prompts
from findbench.harness.model.client import ChatClient
from findbench.harness.schema.brief import Interpretation
from findbench.harness.schema.score import Judgement
from findbench.harness.schema.words import counted
from findbench.harness.scoring.judges.calibrate import calibrate
from findbench.harness.scoring.judges.table import JUDGES, JudgeSettings

if TYPE_CHECKING:
    from findbench.functions.base import Function
    from findbench.harness.records import Run
    from findbench.harness.schema.calibration import Calibration
    from findbench.harness.schema.records import EpisodeRecord
    from findbench.harness.schema.score import Score
    from findbench.harness.scoring.judges.verdict import Judge

CALIBRATED = 10
"""Functions of the run on which the judges are calibrated: known texts cost a model as much as submitted ones."""

T = TypeVar("T")
R = TypeVar("R")


class Judging:
    """One model that judges one run. A context manager: leaving it closes the client."""

    def __init__(self, settings: JudgeSettings, *, concurrency: int) -> None:
        """`concurrency`: requests at once. Raises UsageError (no key, no such server)."""
        self.client = ChatClient(settings.model)
        self.judges = tuple(dict.fromkeys(settings.judges))
        self._concurrency = concurrency

    def __enter__(self) -> Judging:
        self.client.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.__exit__(kind, error, trace)

    @property
    def model(self) -> str:
        """Its name at its server, which the scores it gives are marked with."""
        return self.client.settings.model

    def prepare(self) -> None:
        """One request, before anything is studied for its sake. Raises FatalModelError when it cannot judge."""
        try:
            self.client.chat([{"role": "user", "content": Prompts()("probe_text")}], retries=2)
        except FatalModelError:
            raise
        except ModelError as error:
            raise FatalModelError(f"the judge: {error} (is the server up? see --judge-base-url)") from None

    def __str__(self) -> str:
        used = self.client.usage
        cost = f", ${used.cost:.4f}" if used.cost else ""
        return f"the judge {self.model} used {counted(used.calls, 'request')}, {counted(used.tokens, 'token')}{cost}"

    def judge(self, run: Run, functions: Mapping[str, Function]) -> int:
        """Judge every scored description that this model has not judged yet, each saved at once. Returns how many.

        Raises ModelError when the model failed: what was judged until then is kept.
        """
        judged = set()
        for name in self.judges:
            waiting = [r for r in run.records() if r.score and not self._has_judged(name, r.score)]
            for record, share in zip(waiting, self._shares(name, waiting, functions), strict=True):
                assert record.score is not None
                if share is None:
                    continue
                judged_by = record.score.judged | {name: Judgement(share=share, model=self.model)}
                score = record.score.model_copy(update={"judged": judged_by})
                run.save(record.model_copy(update={"score": score}))
                judged.add(record.key)
        return len(judged)

    def _has_judged(self, name: str, score: Score) -> bool:
        return name in score.judged and score.judged[name].model == self.model

    def _shares(
        self, name: str, records: Sequence[EpisodeRecord], functions: Mapping[str, Function]
    ) -> Iterator[float | None]:
        judge = self._judge(name)

        def examine(record: EpisodeRecord) -> float | None:
            submitted = record.interpretation or Interpretation()
            return judge.score(functions[record.function], submitted.description, seed=record.seed)

        return self._each(examine, records)

    def _judge(self, name: str) -> Judge:
        judge: Judge = load_object(JUDGES[name].path)(self.client)
        return judge

    def calibrations(
        self, functions: Sequence[Function], *, seed: int, known: Sequence[Calibration]
    ) -> list[Calibration]:
        """What these judges give to known texts; those in `known` are not asked again. Raises ModelError."""
        found = {each.judge: each for each in known if each.model == self.model}
        return [
            found.get(name) or calibrate(self._judge(name), functions, seed=seed, model=self.model, each=self._each)
            for name in dict.fromkeys([*self.judges, *found])
        ]

    def _each(self, work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """As `map`, on threads; when one fails or the person stops, the client wakes the others and they end."""
        with ThreadPoolExecutor(self._concurrency, thread_name_prefix="judge") as pool:
            try:
                yield from pool.map(work, items)
            except BaseException:
                self.client.close()
                pool.shutdown(cancel_futures=True)
                raise


def calibrate_run(run: Run, functions: Mapping[str, Function], judging: Judging | None) -> None:
    """Calibrate the judges on the first functions of the run, and write judges.json. Raises ModelError.

    What a model was found to do there before, on as many functions, is not asked again.
    """
    ids = dict.fromkeys(record.function for record in run.records() if record.score is not None)
    known = [functions[id_] for id_ in ids][:CALIBRATED]
    if not known:
        return
    seed = run.config.seed or 0
    found = [each for each in run.calibrations() if each.model and each.functions == len(known)]
    if judging:
        found = judging.calibrations(known, seed=seed, known=found)
    run.save_calibrations(found)
