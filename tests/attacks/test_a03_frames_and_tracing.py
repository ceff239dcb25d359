"""A3: frames, traceback frames, `sys.settrace`, excepthooks."""

from findbench.attacks.arena import Arena

FRAMES = """
import sys
def look(frame):
    while frame:
        for match in PATTERN.findall(repr(list(frame.f_locals.items())).encode("utf-8", "replace")):
            print("found", frame.f_code.co_filename, match)
        frame = frame.f_back
look(sys._getframe())
def tracer(frame, event, argument):
    look(frame)
    return tracer
sys.settrace(tracer)
sys.setprofile(tracer)
try:
    f(1.0)
    f(object())
except Exception as error:
    trace = error.__traceback__
    while trace:
        look(trace.tb_frame)
        trace = trace.tb_next
finally:
    sys.settrace(None)
    sys.setprofile(None)
"""


def test_no_frame_below_or_inside_f_holds_a_secret(arena: Arena) -> None:
    arena.assert_reads_nothing(FRAMES)


def test_frames_hold_the_secret_in_an_unsafe_lab(arena: Arena) -> None:
    arena.assert_unsafe_leaks(FRAMES)


def test_an_excepthook_of_an_experiment_sees_only_its_own_errors(arena: Arena) -> None:
    lab = arena.lab()
    lab.run("import sys\nsys.excepthook = lambda *a: print('hook', a)\nsys.unraisablehook = sys.excepthook")
    result = lab.run("1/0")
    assert result.status == "error"
    assert "ZeroDivisionError" in result.stdout
    assert not arena.leaks(result.stdout)
    arena.assert_works(lab)
