"""A2: `inspect.getsource(f)`, code object, closure, globals, `dis` of the stub."""

from findbench.attacks.arena import Arena

INSPECT = """
import inspect, dis, io
seen = []
try:
    seen.append(inspect.getsource(f))
except Exception as error:
    seen.append(repr(error))
out = io.StringIO()
dis.dis(f, file=out)
seen += [out.getvalue(), repr(f.__code__.co_consts), repr(f.__doc__), repr(vars(f)), repr(f.__defaults__)]
todo, done = [f], set()
while todo:
    thing = todo.pop()
    if id(thing) in done or len(done) > 5000:
        continue
    done.add(id(thing))
    seen.append(repr(thing)[:2000])
    for cell in getattr(thing, "__closure__", None) or ():
        todo.append(cell.cell_contents)
    if isinstance(thing, dict):
        todo += list(thing.values())
    todo += list(getattr(thing, "__dict__", {}).values())
todo = [v for k, v in f.__globals__.items()]
seen += [repr(v)[:500] for v in todo]
for match in PATTERN.findall("\\n".join(seen).encode("utf-8", "replace")):
    print("found", match)
"""


def test_f_has_no_source_closure_or_global_that_tells(arena: Arena) -> None:
    arena.assert_reads_nothing(INSPECT)


def test_f_tells_all_in_an_unsafe_lab(arena: Arena) -> None:
    arena.assert_unsafe_leaks(INSPECT)
