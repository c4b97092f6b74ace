"""The directory of services: what citizens write, what they find, and what they must not see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from click.testing import CliRunner

from ckanext.gtplan.logic.services.index import index_services, reindex_all, remove_inventory
from ckanext.gtplan.model import ServiceEntry
from ckanext.gtplan.plan.registers import Service

pytestmark = pytest.mark.usefixtures("empty", "request_context")

Make = Callable[..., model.Package]

SERVICES = [
    Service(
        service_id="pasaporte",
        name="Emisión de pasaporte",
        description="Documento para viajar al extranjero.",
        keywords=("viaje", "identidad"),
        channels=("ONL", "PERSON"),
        online_url="https://example.org/pasaporte",
        cost_amount=Decimal("250"),
        cost_currency="GTQ",
        processing_time="P5D",
        audience=("citizens", "abroad"),
        life_event=("travelling_and_migrating",),
        volume_total=500,
    ),
    Service(
        service_id="licencia-1",
        name="Renovación de licencia de conducir",
        description="Para quien ya tiene una licencia. Se pide el pasaporte o el DPI.",
        keywords=("vehículo",),
        channels=("PERSON",),
        is_free=False,
        audience=("everyone",),
        life_event=("driving",),
    ),
    Service(
        service_id="nacimiento",
        name="Certificado de nacimiento",
        description="Constancia de la inscripción de un niño.",
        channels=("ONL",),
        is_free=True,
        audience=("everyone",),
    ),
    Service(
        service_id="vivienda", name="Subsidio para vivienda", keywords=("casa", "pasaporte social")
    ),
]


@pytest.fixture
def empty(shared_app: Any) -> None:
    """No rows: what is written here is not in Solr."""
    model.repo.delete_all()


def make_body(name: str, title: str) -> str:
    body = model.Group(name=name, title=title, type="organization")
    body.is_organization, body.extras = True, {}
    model.Session.add(body)
    model.Session.commit()
    return str(body.id)


@pytest.fixture
def inventory() -> Make:
    """Write an inventory of an institution, indexed with some services, and give its id."""
    numbers = count()

    def make(
        services: Sequence[Service] = SERVICES, year: str = "2024", **values: Any
    ) -> model.Package:
        number = next(numbers)
        values.setdefault("owner_org", make_body(f"body-{number}", f"Instituto {number}"))
        record = model.Package(
            name=f"inventory-{number}",
            title="Inventario",
            type="service_inventory",
            extras={"reference_year": year},
            **values,
        )
        model.Session.add(record)
        model.Session.commit()
        index_services(record.id, services)
        return record

    return make


def search(q: str = "", **asked: Any) -> dict[str, Any]:
    """Search as nobody in particular."""
    found: dict[str, Any] = tk.get_action("gtplan_service_search")({"user": ""}, {"q": q, **asked})
    return found


def list_ids(q: str = "", **asked: Any) -> list[str]:
    return [result["service_id"] for result in search(q, **asked)["results"]]


# What is written


#: Words, the service that they mean, and how they are read.
ASKED = [
    ("pasaporte", "pasaporte", "all"),
    ("PASAPORTES", "pasaporte", "all"),
    ("conducir licencia renovación", "licencia-1", "all"),
    ("renovacion de licencias para conducir", "licencia-1", "all"),
    ("inscripcion niños", "nacimiento", "all"),
    ("inscripcio\u0301n nino", "nacimiento", "all"),
    ("«certificados»: ¿nacimientos?", "nacimiento", "all"),
    ("renovar licencia", "licencia-1", "all"),
    ("pasap", "pasaporte", "start"),
    ("certificado nacim", "nacimiento", "start"),
    ("pasaprote", "pasaporte", "spelling"),
    ("lisensia condusir", "licencia-1", "spelling"),
    ("sertificado nasimento", "nacimiento", "spelling"),
    ("bibienda", "vivienda", "spelling"),
    ("vaije", "pasaporte", "spelling"),
    ("pasaporte xylofono", "pasaporte", "some"),
    ("vivienda nacimiento", "nacimiento", "some"),
]


def test_citizens_find_in_their_own_words(inventory: Make) -> None:
    inventory()
    for words, first, reading in ASKED:
        found = search(words)
        ids = [result["service_id"] for result in found["results"]]
        assert (found["understood"]["reading"], ids[0]) == (reading, first), words


def test_the_name_weighs_more_than_keywords_and_these_more_than_the_rest(inventory: Make) -> None:
    inventory()
    assert list_ids("pasaporte") == ["pasaporte", "vivienda", "licencia-1"]


def test_a_search_says_what_it_searched_instead(inventory: Make) -> None:
    inventory()
    understood = search("pasaprote de xylofono")["understood"]
    assert understood["spelled"] == [("pasaprote", "pasaporte")]
    assert understood["missing"] == ["xylofono"]
    assert understood["passed_over"] == ["de"]


def test_another_spelling_is_offered_beside_few_results(inventory: Make) -> None:
    slip = Service(service_id="slip", name="Entrega de lisencias")
    many = [Service(service_id=f"s{n}", name=f"Licencia {n}") for n in range(5)]
    inventory([slip, *many])
    found = search("lisencias")
    assert found["count"] == 1
    assert found["understood"]["suggestion"] == "licencia"


HOSTILE = [
    "",
    "   ",
    "de la y los",
    "¿¡!?'\"&|!():*<->%_\\",
    "'; DROP TABLE gtplan_service; --",
    "a & | ! ( ) :* <-> 'b",
    "pasa\0porte",
    "\ud800 pasaporte",
    "½ ﬁ ² Ⅷ",
    "pasaporte " * 500,
    "x" * 5000,
    " ".join(f"palabra{n}" for n in range(500)),
    "日本語 Привет 🛂",
]


def test_whatever_is_written_is_answered(inventory: Make, app: Any) -> None:
    inventory()
    for words in HOSTILE:
        found = search(words)
        assert found["count"] == len(found["results"]), words[:40]
        app.get("/services", query_string={"q": words.encode("utf-8", "replace")}, status=200)
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(ServiceEntry)) == 4


def test_only_small_words_give_all_and_say_so(inventory: Make) -> None:
    inventory()
    found = search("de la")
    assert found["count"] == 4
    assert found["understood"]["passed_over"] == ["de", "la"]


def test_a_search_takes_no_longer_than_it_may(
    inventory: Make, monkeypatch: pytest.MonkeyPatch, app: Any
) -> None:
    from ckanext.gtplan.logic.services import search as module

    inventory()
    slow = "SELECT pg_sleep(20), 1 AS n"
    monkeypatch.setitem(module._LIMITS, "statement_timeout", "50")
    monkeypatch.setattr(module, "read_terms", lambda text: model.Session.execute(sa.text(slow)))
    with pytest.raises(tk.ValidationError) as refused:
        search("pasaporte")
    assert list(refused.value.error_dict) == ["q"]
    # the transaction goes on, and with the limits that it had
    assert model.Session.scalar(sa.text("SHOW statement_timeout")) == "0"
    app.get("/services?q=pasaporte", status=503)


def test_the_statement_is_prepared_once_and_again_where_it_is_lost(inventory: Make) -> None:
    """Behind pgbouncer, another session may answer the next question."""
    inventory()
    prepared = sa.text("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'gtplan%'")
    model.Session.execute(sa.text("DEALLOCATE ALL"))
    for _ in range(2):
        for words in ("pasaporte", "licencia", "nacimiento"):
            assert search(words)["count"]
        assert model.Session.scalar(prepared) == 1
        model.Session.execute(sa.text("DEALLOCATE ALL"))


# Filters, order and pages


def test_filters_narrow_and_count(inventory: Make) -> None:
    inventory()
    name = "body-0"
    facets = search()["search_facets"]
    assert facets["online"] == {"yes": 2, "no": 1}
    assert facets["cost"] == {"free": 1, "paid": 2}
    assert facets["institution"] == {name: 4}
    assert facets["life_event"] == {"driving": 1, "travelling_and_migrating": 1}
    assert list_ids(online="yes", cost="free") == ["nacimiento"]
    assert set(list_ids(cost=["free", "paid"])) == {"pasaporte", "licencia-1", "nacimiento"}
    assert list_ids(audience="abroad") == ["pasaporte"]
    assert list_ids(institution=name, channel="ONL", life_event="driving") == []


def test_each_count_is_the_length_of_the_list_that_it_leads_to(inventory: Make) -> None:
    inventory()
    for chosen in ({}, {"cost": ["paid"]}, {"online": ["yes"], "audience": ["everyone"]}):
        facets = search(**chosen)["search_facets"]
        assert facets["channel"]
        for name, values in facets.items():
            for value, length in values.items():
                assert search(**{**chosen, name: [value]})["count"] == length


def test_a_competent_authority_is_the_institution_where_one_is_named(inventory: Make) -> None:
    make_body("marcas", "Dirección de Marcas")
    named = Service(service_id="marca", name="Registro", competent_authority=("marcas",))
    inventory([named])
    result = search("direccion marcas")["results"][0]
    assert result["competent_authority"] == ["marcas"]
    assert search()["search_facets"]["institution"] == {"marcas": 1}


def test_order_and_pages(inventory: Make) -> None:
    inventory([Service(service_id=f"s{n:02}", name=f"Ñandú {n:02}") for n in range(25)])
    assert list_ids(sort="name", limit=3, offset=23) == ["s23", "s24"]
    assert search("nandu", limit=0)["count"] == 25
    with pytest.raises(tk.ValidationError):
        search(sort="sort_name; --")


def test_the_most_used_come_first(inventory: Make) -> None:
    rows = [
        Service(service_id="a", name="Beca", volume_total=5),
        Service(service_id="b", name="Beca", volume_total=900),
        Service(service_id="c", name="Beca"),
    ]
    inventory(rows)
    assert list_ids("beca") == ["b", "a", "c"]
    assert list_ids(sort="use") == ["b", "a", "c"]


# Who sees what


@pytest.mark.parametrize("change", [{"private": True}, {"state": "draft"}, {"state": "deleted"}])
def test_what_is_hidden_after_indexing_is_in_no_answer(
    inventory: Make, app: Any, change: dict[str, Any]
) -> None:
    record = inventory()
    package = model.Package.get(record.id)
    for name, value in change.items():
        setattr(package, name, value)
    model.Session.commit()
    sysadmin = {"user": factories.Sysadmin()["name"]}
    for words in ("", "pasaporte", "pasaprote", "lisensia pasaporte", "pasap"):
        found = tk.get_action("gtplan_service_search")(sysadmin, {"q": words})
        assert (found["count"], found["total"], found["results"]) == (0, 0, [])
        assert not any(found["search_facets"].values())
        assert not found["understood"]["spelled"]
        assert not found["understood"]["suggestion"]
    assert "Emisión" not in app.get("/services?q=pasaprote").body


def test_no_word_of_a_hidden_service_is_suggested(inventory: Make) -> None:
    inventory([Service(service_id="a", name="Beca de estudios")])
    inventory([Service(service_id="b", name="Espionaje")], private=True)
    found = search("espionage beca")
    assert found["understood"]["missing"] == ["espionage"]
    assert not found["understood"]["spelled"]


def test_a_deleted_institution_has_no_services(inventory: Make) -> None:
    record = inventory()
    model.Group.get(record.owner_org).state = "deleted"
    model.Session.commit()
    assert search()["count"] == 0


def test_the_newest_public_inventory_of_an_institution_counts(inventory: Make) -> None:
    old = inventory([Service(service_id="a", name="Beca vieja")], year="2023")
    owner = old.owner_org
    new = inventory(
        [Service(service_id="b", name="Beca nueva")], owner_org=owner, year="2024"
    )
    inventory(
        [Service(service_id="c", name="Beca secreta")],
        owner_org=owner,
        year="2025",
        private=True,
    )
    assert list_ids("beca") == ["b"]
    package = model.Package.get(new.id)
    package.private = True
    model.Session.commit()
    assert list_ids("beca") == ["a"]


def test_one_code_in_two_institutions_is_two_services(inventory: Make) -> None:
    inventory([Service(service_id="1", name="Beca de arte")])
    inventory([Service(service_id="1", name="Beca de ciencia")])
    found = search("beca")
    assert len({(r["organization"], r["service_id"]) for r in found["results"]}) == 2


# The index


def test_indexing_again_follows_what_changed(inventory: Make) -> None:
    record = inventory()
    changed = [Service(service_id="pasaporte", name="Visa de turista"), SERVICES[1]]
    index_services(record.id, iter(changed))
    assert set(list_ids()) == {"pasaporte", "licencia-1"}
    assert list_ids("visas") == ["pasaporte"]
    remove_inventory(record.id)
    assert search()["count"] == 0


def test_what_is_the_same_is_not_written_again(inventory: Make) -> None:
    record = inventory()
    versions = sa.text("SELECT service_id, CAST(xmin AS text) FROM gtplan_service ORDER BY 1")
    before = model.Session.execute(versions).all()
    model.Session.commit()
    index_services(record.id, SERVICES)
    assert model.Session.execute(versions).all() == before


def test_indexing_all_forgets_what_is_gone() -> None:
    index_services("no-such-inventory", SERVICES)
    assert reindex_all() == 0
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(ServiceEntry)) == 0


def test_the_command_indexes_all(
    inventory: Make, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ckanext.gtplan.logic.services import index

    inventory([])
    monkeypatch.setattr(index, "read_entities", lambda package_id, table: iter(SERVICES))
    result = CliRunner().invoke(command, ["gtplan", "services", "index"])
    assert result.exit_code == 0, result.output
    assert list_ids("pasaporte")[0] == "pasaporte"
