"""A2: `inspect.getsource(f)`, code object, closure, globals, `dis` of the stub."""

from findbench.attacks.arena import Arena

INSPECT = """
import inspect, dis, io
seen = []
code = f if hasattr(f, "__code__") else type(f).__call__
try:
    seen.append(inspect.getsource(code))
    seen.append(inspect.getsource(inspect.getmodule(code)))
except Exception as error:
    seen.append(repr(error))
out = io.StringIO()
dis.dis(code, file=out)
seen += [out.getvalue(), repr(code.__code__.co_consts), repr(f.__doc__), repr(code.__doc__), repr(code.__defaults__)]
todo, done = [f, code, type(f)], set()
while todo:
    thing = todo.pop()
    if id(thing) in done or len(done) > 5000:
        continue
    done.add(id(thing))
    seen.append(repr(thing)[:2000])
    closure = getattr(thing, "__closure__", None)
    todo += [cell.cell_contents for cell in closure] if isinstance(closure, tuple) else []
    if isinstance(thing, dict):
        todo += list(thing.values())
    todo += list(vars(thing).values()) if hasattr(thing, "__dict__") else []
    slots = getattr(type(thing), "__slots__", ())
    todo += [getattr(thing, name, None) for name in (slots if isinstance(slots, tuple) else ())]
seen += [repr(v)[:500] for v in code.__globals__.values()]
for match in PATTERN.findall("\\n".join(seen).encode("utf-8", "replace")):
    print("found", match)
"""


def test_f_has_no_source_closure_or_global_that_tells(arena: Arena) -> None:
    assert arena.assert_reads_nothing(INSPECT + "print('through')").stdout.endswith("through\n")


def test_f_tells_all_in_an_unsafe_lab(arena: Arena) -> None:
    arena.assert_unsafe_leaks(INSPECT)
