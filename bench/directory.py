"""How long the directory takes to find services, beside the bare query of its index.

    python bench/directory.py CKAN_INI

writes 20,000 services into 20, then 200, then 1,000 inventories of as many institutions of the
portal of that file, and removes them again; see README.md.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.cli import load_config
from ckan.config.middleware import make_app

START = "bench-services"
SERVICES = 20_000
INVENTORIES = (20, 200, 1000)
ROUNDS = 25
#: What is asked, from a word that few services have to one that most have; the last is misspelt.
QUESTIONS = {
    "a rare word": "apicultura",
    "a usual word": "pasaporte",
    "two words": "renovación de pasaportes",
    "three words": "certificado nacimiento menores",
    "a frequent word": "constancia",
    "the most frequent word": "solicitud",
}
MISSPELT = {"misspelt": ("lisensia condusir", "licencia conducir")}
ACTS = (
    *("Solicitud", "Renovación", "Emisión", "Registro", "Inscripción", "Certificado"),
    *("Constancia", "Autorización", "Licencia", "Permiso", "Denuncia", "Consulta", "Pago"),
    *("Cancelación", "Actualización", "Reposición", "Evaluación", "Exoneración", "Traslado"),
)
THINGS = (
    *("pasaporte", "nacimiento", "conducir", "construcción", "matrimonio", "defunción", "vehículo"),
    *("empresa", "marca", "patente", "medicamento", "alimento", "beca", "título", "vivienda"),
    *("agua", "energía", "exportación", "importación", "bosque", "minería", "pesca", "armas"),
    *("impuesto", "multa", "antecedentes", "migración", "residencia", "trabajo", "jubilación"),
)
WHOM = ("menores", "extranjeros", "personas jurídicas", "estudiantes", "mujeres", "pueblos", "")
SYLLABLES = ("ba", "co", "di", "fe", "gu", "la", "mi", "no", "pe", "ra", "si", "to", "ve", "lo")
#: A list of twenty and how long it is, from the index alone.
STATEMENT = """
    SELECT package_id, service_id, count(*) OVER () FROM gtplan_service
    WHERE document @@ CAST(:match AS tsquery)
    ORDER BY ts_rank(document, CAST(:rank AS tsquery)) DESC LIMIT 20
"""


def make_services(count: int, seed: int) -> Iterator[Any]:
    """Make services with names and texts as long as real ones."""
    from ckanext.gtplan.plan.registers import Service
    from ckanext.gtplan.plan.vocabulary import list_codes

    chance = random.Random(seed)
    words = ["".join(chance.choices(SYLLABLES, k=4)) for _ in range(4000)]
    for number in range(count):
        act, thing, whom = chance.choice(ACTS), chance.choice(THINGS), chance.choice(WHOM)
        is_rare = chance.random() < 0.0005
        yield Service(
            service_id=f"S-{number}",
            name=f"{act} de {thing} {whom} {'apicultura' if is_rare else ''}".strip(),
            description=" ".join(["La solicitud de", thing, whom, *chance.choices(words, k=40)]),
            keywords=(thing, chance.choice(THINGS)),
            channels=tuple(chance.sample(list_codes("service_channel"), 2)),
            audience=tuple(chance.sample(list_codes("audience"), 2)),
            life_event=(chance.choice(list_codes("life_event")),),
            requirements=tuple(" ".join(chance.choices(words, k=6)) for _ in range(5)),
            is_free=chance.random() < 0.5,
            cost_note="Según el arancel",
            online_url="https://example.org/servicio",
            processing_time="P5D",
            volume_total=chance.randrange(100_000),
            online_percent=Decimal(50),
        )


def fill(inventories: int) -> None:
    """Write the institutions and inventories, without the forms that would check each of them."""
    from ckanext.gtplan.logic.services.index import index_services

    for number in range(inventories):
        name = f"{START}-{number:04}"
        body = model.Group(name=name, title=f"Institución {number}", type="organization")
        body.is_organization, body.extras = True, {}
        model.Session.add(body)
        model.Session.flush()
        extras = {"reference_year": "2024"}
        model.Session.add(
            model.Package(name=name, type="service_inventory", owner_org=body.id, extras=extras)
        )
    model.Session.commit()
    for package_id in select_ids():
        each = SERVICES // inventories
        index_services(package_id, make_services(each, seed=hash(package_id) % 10_000))
    # as PostgreSQL does by itself after a while; the bare query gains most by it
    with model.meta.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        tables = 'gtplan_service, gtplan_service_word, package, "group"'
        connection.execute(sa.text(f"VACUUM ANALYZE {tables}"))


def select_ids() -> list[str]:
    """List the inventories that were written."""
    package = model.Package
    return list(model.Session.scalars(sa.select(package.id).where(package.name.like(f"{START}-%"))))


def empty() -> None:
    """Remove what was written."""
    from ckanext.gtplan.logic.services.index import reindex_all

    for table in ("package", '"group"'):
        model.Session.execute(
            sa.text(f"DELETE FROM {table} WHERE name LIKE :name"), {"name": f"{START}-%"}
        )
    model.Session.commit()
    reindex_all()


def measure(*ask: Callable[[], Any]) -> list[float]:
    """Measure some answers in turn, after one of each that warms up: the best, in milliseconds."""
    times: list[list[float]] = [[] for _ in ask]
    for turn in range(ROUNDS + 1):
        for place, one in enumerate(ask):
            start = time.perf_counter()
            one()
            if turn:
                times[place].append(time.perf_counter() - start)
    return [min(taken) * 1000 for taken in times]


def set_up() -> None:
    """Let every statement here run under the limits of the search: the bare one, too."""
    from ckanext.gtplan.logic.services import search

    for name, value in search._LIMITS.items():
        model.Session.execute(sa.text(f"SET {name} = '{value}'"))
    model.Session.commit()


def compare(asked: str, right: str) -> tuple[int, float, float, float]:
    """Compare the bare query, the search's own statement, and the whole search.

    Returns:
        How many services there are, and the milliseconds of each of the three.
    """
    from ckanext.gtplan.logic.services import questions, search, statement

    question = statement.Question(filters={}, order="relevance", limit=20, offset=0)
    terms = [term for term in questions.read_terms(right) if term.query]
    match, rank = questions.ask_all(terms), questions.ask_some(terms)
    bare = sa.text(STATEMENT)
    values = {"match": match, "rank": rank}
    times = measure(
        lambda: model.Session.execute(bare, values).all(),
        lambda: statement.ask(match, rank, question),
        lambda: search.search_services(asked, question),
    )
    count = search.search_services(asked, question).found.count
    return count, times[0], times[1], times[2]


def main(ini: str) -> None:
    """Measure at each number of inventories, and print."""
    app = make_app(load_config(ini))
    with app._wsgi_app.test_request_context():
        set_up()
        for inventories in INVENTORIES:
            fill(inventories)
            try:
                print(f"{SERVICES} services over {inventories} inventories")
                asked = {name: (text, text) for name, text in QUESTIONS.items()} | MISSPELT
                for name, (text, right) in asked.items():
                    count, bare, own, whole = compare(text, right)
                    print(
                        f"  {name:<24} {count:6} found  bare {bare:7.2f} ms"
                        f"  statement {own:7.2f} ms, {own / bare:5.2f} times"
                        f"  search {whole:7.2f} ms, {whole / bare:5.2f} times"
                    )
            finally:
                empty()


if __name__ == "__main__":
    main(sys.argv[1])
