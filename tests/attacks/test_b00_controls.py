"""The controls of group B: a correct submission passes, a wrong one fails, an empty one fails."""

from findbench.attacks.arena import CORRECT, WRONG, Arena, Verdicts


def test_a_correct_submission_passes(arena: Arena, verdicts: Verdicts) -> None:
    assert verdicts.passes(CORRECT)


def test_a_wrong_submission_fails(arena: Arena, verdicts: Verdicts) -> None:
    assert not verdicts.passes(WRONG)


def test_an_empty_submission_fails(arena: Arena, verdicts: Verdicts) -> None:
    assert not verdicts.passes("")
