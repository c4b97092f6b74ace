"""Fragments say what the profile says of a dataset, whatever stands in the database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pyoxigraph as ox
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.plugins import DefaultPermissionLabels
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from ckanext.dcat.plugins import DCATPlugin
from ckanext.dcat.profiles import EuropeanDCATAP3Profile
from rdflib import OWL, RDF, RDFS, BNode, Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF
from reading import make_sysadmin
from test_broken_records import RUBBISH

from ckanext.gtplan.feed import fragment, layout, reading
from ckanext.gtplan.feed.database import get_engine
from ckanext.gtplan.feed.fingerprint import fingerprint
from ckanext.gtplan.feed.fragment import Made, Maker
from ckanext.gtplan.model.feed import SYNTAXES
from ckanext.gtplan.prm.datajson import to_json
from ckanext.gtplan.prm.reasons import REASONS
from ckanext.gtplan.prm.values import read_media_type
from ckanext.gtplan.rdf import portal
from ckanext.gtplan.rdf.graph import Writer

Make = Callable[..., list[Made]]

CHAIN, STOCK = (
    pytest.mark.ckan_config("ckanext.gtplan.feed.profiles", names)
    for names in (["euro_dcat_ap_3", "prm"], ["euro_dcat_ap_3"])
)
FORMATS = {"nt": "nt", "ttl": "turtle", "xml": "xml", "jsonld": "json-ld"}
OX = {
    "nt": ox.RdfFormat.N_TRIPLES,
    "ttl": ox.RdfFormat.TURTLE,
    "xml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}


@pytest.fixture
def make(request_context: None) -> Iterator[Make]:
    """Make fragments of packages by a connection of its own, as the feeds do."""
    with get_engine().connect() as connection:

        def call(*ids: str) -> list[Made]:
            connection.rollback()
            return list(Maker(connection).make(ids))

        yield call


def join(syntax: str, made: list[Made]) -> bytes:
    """Make a document of fragments."""
    bodies = [one.bodies[syntax] for one in made]
    catalogue = {} if syntax == "json" else Graph()
    head = layout.write_head(syntax, catalogue, portal.site().base, is_empty=not bodies)
    return head + layout.SEPARATORS[syntax].join(bodies) + layout.TAILS[syntax]


def read(syntax: str, made: list[Made]) -> Graph:
    """Read a document of fragments with both libraries; what they read is the same."""
    document = join(syntax, made)
    graph = Graph().parse(data=document, format=FORMATS[syntax])
    assert len(set(ox.parse(document, format=OX[syntax]))) == len(graph)
    return graph


def expect(package_id: str) -> tuple[Graph, dict[str, Any]]:
    """Write a dataset by way of ``package_show`` and rdflib."""
    context = {"ignore_auth": True, "use_cache": False}
    shown = tk.get_action("package_show")(context, {"id": package_id})
    record = portal.Directory().record(shown)
    writer = Writer(portal.site().base)
    writer.list_in(URIRef(portal.site().iri("catalog")), writer.add(record))
    return writer.graph, to_json(record, "es")


def spoil(package_id: str, **extras: str) -> None:
    """Write extras past every validator."""
    package = model.Package.get(package_id)
    package.extras.update(extras)
    model.Session.commit()


def list_public() -> list[str]:
    query = "SELECT id FROM package WHERE type = 'dataset' AND state = 'active' AND NOT private"
    return list(model.Session.scalars(sa.text(f"{query} ORDER BY id")))


def test_fragments_of_the_example_say_what_the_profile_says(example: None, make: Make) -> None:
    made = make(*list_public())
    assert [one.package_id for one in made] == list_public()
    for one in made:
        graph, document = expect(one.package_id)
        assert len(graph) > 20
        for syntax in FORMATS:
            assert set(read(syntax, [one])) == set(graph), syntax
        assert json.loads(one.bodies["json"]) == document
        assert one.iri == portal.site().iri("dataset", one.package_id) and not one.is_reduced
        assert not one.problems
    whole = set().union(*(read("nt", [one]) for one in made))
    for syntax in FORMATS:
        assert set(read(syntax, made)) == whole, syntax
    assert len(json.loads(join("json", made))["dataset"]) == len(made)


def test_a_batch_is_read_with_the_same_few_statements(example: None, make: Make) -> None:
    told: list[str] = []
    event = sa.event
    listener = lambda *args: told.append(args[2])  # noqa: E731
    event.listen(get_engine(), "before_cursor_execute", listener)
    try:
        make(*list_public()[:1])
        one = len(told)
        make(*list_public())
    finally:
        event.remove(get_engine(), "before_cursor_execute", listener)
    assert len(told) - one == one <= 6


@pytest.mark.usefixtures("clean")
class TestBroken:
    """Whatever stands in the database: the fragment says the rest, and what is left out is told."""

    @pytest.mark.parametrize("name", [None, *RUBBISH])
    def test_what_others_wrote(self, make: Make, dataset: Any, name: str | None) -> None:
        made = dataset()["id"]
        spoil(made, **(RUBBISH if name is None else {name: RUBBISH[name]}))
        (one,) = make(made)
        graph, document = expect(made)
        for syntax in FORMATS:
            assert set(read(syntax, [one])) == set(graph), syntax
        assert json.loads(one.bodies["json"]) == document
        assert not one.is_reduced
        for problem in one.problems:
            assert problem["why"] in REASONS and set(problem) == {"iri", "field", "value", "why"}

    @pytest.mark.parametrize(
        "field, value",
        [
            ("issued", '["2018-11", "2019"]'),
            ("data_modified", "2018-02-30"),
            ("notes", "Un\x0btexto\x1f con\ufffe controles"),
            ("url", "http://ejemplo .org/a b"),
            ("publisher", "{"),
            ("contact", '[{"name": "\\ud800\\u0000", "email": "info@example.org"}]'),
            ("spatial_coverage", '[{"bbox": "POLYGON((1 2"}]'),
            ("theme", '["GOVE", "NOSUCH"]'),
            ("part_of", '[{"kind": "milestone", "uri": "no es una dirección"}]'),
            ("milestone", "no-hay-tal"),
            ("language", "[" * 100_000),
        ],
    )
    def test_each_value_that_cannot_be_said_is_told(
        self, make: Make, dataset: Any, field: str, value: str
    ) -> None:
        made = dataset()["id"]
        package = model.Package.get(made)
        if field in model.Package.__table__.c:
            setattr(package, field, value)
        else:
            package.extras[field] = value
        model.Session.commit()
        (one,) = make(made)
        for syntax in FORMATS:
            graph = read(syntax, [one])
            assert graph.value(URIRef(one.iri), DCTERMS.title) is not None
        assert json.loads(one.bodies["json"])["title"]
        assert one.problems and not one.is_reduced
        with get_engine().connect() as connection:  # the database can hold them
            text = json.dumps(one.problems)
            assert connection.scalar(sa.text("SELECT cast(:it AS jsonb)"), {"it": text})

    @pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00"])
    def test_a_moment_at_the_end_of_time(self, make: Make, dataset: Any, moment: str) -> None:
        """In UTC it is in a year that no date has."""
        made, other = dataset()["id"], dataset()["id"]
        spoil(made, data_modified=moment)
        assert [one.package_id for one in make(made, other)] == [made, other]

    def test_a_licence_in_words(self, make: Make, dataset: Any) -> None:
        (one,) = make(dataset(license_id="Licencia de uso libre")["id"])
        graph = read("xml", [one])
        licence = graph.value(URIRef(one.iri), DCTERMS.license)
        assert str(licence).startswith(f"{one.iri}#")
        assert str(graph.value(licence, RDFS.label)) == "Licencia de uso libre"

    def test_files(self, make: Make, dataset: Any) -> None:
        made = dataset()
        row = model.Resource.get(made["resources"][0]["id"])
        row.url, row.format, row.mimetype = "http://bad address/", "{}", "no\x0btipo"
        row.extras = {**row.extras, "fields": "rubbish", "codelists": {"a": 1}, "issued": ["2018"]}
        model.Session.commit()
        sql = "UPDATE resource SET last_modified = NULL, position = NULL, size = -5 WHERE id = :id"
        model.Session.execute(sa.text(sql), {"id": row.id})
        model.Session.commit()
        (one,) = make(made["id"])
        graph = read("ttl", [one])
        assert len(set(graph.subjects(RDF.type, DCAT.Distribution))) == 1
        fields = {problem["field"] for problem in one.problems}
        assert {"fields", "codelists", "mediaType", "issued", "byteSize"} <= fields

    def test_a_media_type_that_no_address_has_as_it_is(self, make: Make, dataset: Any) -> None:
        made = dataset()["id"]
        sql = "UPDATE resource SET mimetype = 'application/x^y#z' WHERE package_id = :id"
        model.Session.execute(sa.text(sql), {"id": made})
        model.Session.commit()
        (one,) = make(made)
        assert not one.is_reduced
        for syntax in FORMATS:
            (said,) = read(syntax, [one]).objects(None, DCAT.mediaType)
            assert str(said).endswith("/application/x%5Ey%23z")
            assert read_media_type(str(said)) == "application/x^y#z"

    def test_extras_of_a_file_that_are_no_json(self, make: Make, dataset: Any) -> None:
        made = dataset()
        sql = "UPDATE resource SET extras = '{broken' WHERE package_id = :id"
        model.Session.execute(sa.text(sql), {"id": made["id"]})
        model.Session.commit()
        (one,) = make(made["id"])
        graph = read("xml", [one])
        assert len(set(graph.subjects(RDF.type, DCAT.Distribution))) == 1

    def test_a_text_of_a_megabyte(self, make: Make, dataset: Any) -> None:
        text = "ñ<&>\"'\\ \n" * 100_000
        made = dataset(notes=text)
        (one,) = make(made["id"])
        for syntax in FORMATS:
            said = read(syntax, [one]).value(URIRef(one.iri), DCTERMS.description)
            assert str(said) == text, syntax

    def test_a_dataset_that_cannot_be_said_keeps_its_title(
        self, make: Make, dataset: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        good, bad = dataset(title="Uno"), dataset(title="Otro", frequency="R/P1M")
        original = fragment.write_bodies

        def fail(said: Any, base: str) -> dict[str, bytes]:
            if "MONTHLY" in str(said):
                raise RuntimeError("no syntax for it")
            return original(said, base)

        monkeypatch.setattr(fragment, "write_bodies", fail)
        made = make(good["id"], bad["id"])
        assert [one.is_reduced for one in made] == [False, True]
        graph = read("ttl", made[1:])
        subject = URIRef(made[1].iri)
        predicates = {RDF.type, DCTERMS.identifier, DCTERMS.title, DCTERMS.modified}
        assert set(graph.predicates(subject)) == predicates
        assert (None, DCAT.dataset, subject) in graph
        assert set(json.loads(made[1].bodies["json"])) == {"identifier", "title", "modified"}
        assert [problem["why"] for problem in made[1].problems] == ["not_said"]


@pytest.mark.usefixtures("clean")
class TestChain:
    """Profiles of ckanext-dcat, one after the other."""

    @CHAIN
    def test_what_both_say(self, make: Make, dataset: Any) -> None:
        given = {"version": "2.0", "author": "Quien lo hizo", "author_email": "a@example.org"}
        made = make(dataset(**given)["id"], dataset(**given)["id"])
        assert not any(one.problems or one.is_reduced for one in made)
        whole = read("nt", made)
        assert not any(isinstance(node, BNode) for node in whole.all_nodes())
        for one in made:
            graph, document = expect(one.package_id)
            said = read("nt", [one])
            assert set(graph) <= set(said)  # all of our own profile
            assert (URIRef(one.iri), DCAT.version, Literal("2.0")) in said
            for syntax in FORMATS:
                assert set(read(syntax, [one])) == set(said), syntax
            assert json.loads(one.bodies["json"]) == document
        for syntax in FORMATS:
            assert set(read(syntax, made)) == set(whole), syntax
        assert make(*(one.package_id for one in made)) == made

    @STOCK
    def test_blank_nodes_get_names(self, make: Make, dataset: Any) -> None:
        (one,) = made = make(dataset()["id"])
        graph = read("xml", made)
        contact = graph.value(URIRef(one.iri), DCAT.contactPoint)
        assert str(contact).startswith(f"{one.iri}#node-")
        assert make(one.package_id) == made

    @STOCK
    def test_what_a_syntax_cannot_hold_is_told(self, make: Make, dataset: Any) -> None:
        made = dataset()["id"]
        package = model.Package.get(made)
        package.title, package.version = "Un\x0btítulo", "1\x01"
        package.url, package.extras["uri"] = "http://a b/<c>", "http://ejemplo.org/{uno}"
        model.Session.commit()
        (one,) = make(made)
        graph = read("xml", [one])
        assert graph.value(URIRef(one.iri), DCTERMS.title) == Literal("Untítulo", lang=None)
        assert {"control_characters"} <= {problem["why"] for problem in one.problems}

    @CHAIN
    def test_a_language_that_is_none(
        self, make: Make, dataset: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        original = EuropeanDCATAP3Profile.graph_from_dataset

        def say_more(self: Any, package: dict[str, Any], subject: URIRef) -> None:
            original(self, package, subject)
            self.g.add((subject, DCTERMS.abstract, Literal("Resumen", lang="es-largodemasiado")))
            self.g.add((subject, DCTERMS.abstract, Literal("Resumo", lang="pt-BR")))

        monkeypatch.setattr(EuropeanDCATAP3Profile, "graph_from_dataset", say_more)
        (one,) = made = make(dataset()["id"])
        for syntax in FORMATS:
            said = set(read(syntax, made).objects(URIRef(one.iri), DCTERMS.abstract))
            assert said == {Literal("Resumen"), Literal("Resumo", lang="pt-br")}
        assert [problem["value"] for problem in one.problems] == ["'es-largodemasiado'"]

    @CHAIN
    def test_a_profile_that_fails_takes_only_that_dataset(
        self, make: Make, dataset: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        good, bad = dataset(title="Uno"), dataset(title="Otro")
        original = EuropeanDCATAP3Profile.graph_from_dataset

        def fail(self: Any, package: dict[str, Any], subject: URIRef) -> None:
            if package["id"] == bad["id"]:
                raise KeyError("otra cosa")
            original(self, package, subject)

        monkeypatch.setattr(EuropeanDCATAP3Profile, "graph_from_dataset", fail)
        made = make(good["id"], bad["id"])
        assert [one.is_reduced for one in made] == [False, True]
        assert made[1].problems[0]["why"] == "not_said"
        title = read("ttl", made[1:]).value(URIRef(made[1].iri), DCTERMS.title)
        assert str(title) == "Otro"

    @CHAIN
    def test_a_package_that_ckan_cannot_show(
        self, make: Make, dataset: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = dataset(title="Uno")["id"]
        monkeypatch.setattr(fragment.tk, "get_action", lambda name: {}["no such action"])
        (one,) = make(made)
        monkeypatch.undo()
        assert str(read("ttl", [one]).value(URIRef(one.iri), DCTERMS.title)) == "Uno"


@pytest.mark.usefixtures("clean")
def test_what_is_not_public_has_no_fragment(make: Make, dataset: Any) -> None:
    public, private, deleted = dataset(), dataset(private=True), dataset()
    tk.get_action("package_delete")(make_sysadmin(), {"id": deleted["id"]})
    draft = dataset()
    model.Package.get(draft["id"]).state = "draft"
    model.Session.commit()
    plan = factories.Dataset(
        type="action_plan", name="gt-pan9", country="GTM", owner_org=public["owner_org"]
    )
    ids = [private["id"], deleted["id"], draft["id"], plan["id"], "no-such-thing", public["id"]]
    assert [one.package_id for one in make(*ids)] == [public["id"]]


@pytest.mark.usefixtures("clean")
def test_nor_has_what_a_plugin_hides(
    make: Make, dataset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, hidden = dataset(), dataset()

    class Labels(DefaultPermissionLabels):
        def get_dataset_labels(self, package: model.Package) -> list[str]:
            return ["staff"] if package.id == hidden["id"] else ["public"]

    monkeypatch.setattr(reading, "get_permission_labels", Labels)
    assert [one.package_id for one in make(shown["id"], hidden["id"])] == [shown["id"]]


@pytest.mark.usefixtures("clean")
def test_what_a_plugin_changes_is_said(
    make: Make, dataset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dataset()["id"]
    original = DCATPlugin.after_dataset_show

    def show(self: Any, context: Any, package: dict[str, Any]) -> Any:
        package["title"] = "Como otro lo dice"
        return original(self, context, package)

    monkeypatch.setattr(DCATPlugin, "after_dataset_show", show)
    monkeypatch.setattr(DCATPlugin, "__module__", "ckanext.otra.plugin")
    (one,) = make(made)
    assert json.loads(one.bodies["json"])["title"] == "Como otro lo dice"


@pytest.mark.usefixtures("clean")
def test_only_public_plan_records_are_named(make: Make, organization: Any, dataset: Any) -> None:
    owner = {"owner_org": organization["id"]}
    plan = factories.Dataset(type="action_plan", name="gt-pan8", title="Plan 8", **owner)
    made = dataset(action_plan="gt-pan8")
    (one,) = make(made["id"])
    subject = URIRef(portal.site().iri("action_plan", plan["id"]))
    assert (subject, DCTERMS.title, Literal("Plan 8")) in read("nt", [one])
    model.Package.get(plan["id"]).private = True
    model.Session.commit()
    (two,) = make(made["id"])
    assert b"Plan 8" not in b"".join(two.bodies.values()) and two.version != one.version
    assert two.problems[0]["why"] == "no_public_record"


@pytest.mark.usefixtures("clean")
def test_versions_are_of_what_is_said(make: Make, dataset: Any) -> None:
    made = dataset()["id"]
    (one,) = make(made)
    (two,) = make(made)
    assert one == two
    spoil(made, deliverable="algo que ningún feed dice")
    (three,) = make(made)
    assert three.version == one.version
    spoil(made, frequency="R/P1D")
    (four,) = make(made)
    assert four.version != one.version and four.iri == one.iri


@pytest.mark.usefixtures("clean")
def test_moments_and_themes(make: Make, dataset: Any) -> None:
    made = dataset(theme=["GOVE", "TECH"], data_modified="2024-01")
    (one,) = make(made["id"])
    assert one.themes == ("GOVE", "TECH")
    assert one.data_modified is not None and one.data_modified.isoformat()[:7] == "2024-01"
    assert one.modified is not None and one.created is not None
    assert one.modified.replace(tzinfo=None).isoformat() == made["metadata_modified"]


@pytest.mark.usefixtures("clean")
def test_the_request_leaves_no_trace(app: Any, make: Make, dataset: Any) -> None:
    made = dataset()
    row = model.Resource.get(made["resources"][0]["id"])
    row.url, row.url_type = "tabla.csv", "upload"
    model.Session.commit()
    (one,) = make(made["id"])
    with app.flask_app.test_request_context("/en/dataset/", environ_overrides={"CKAN_LANG": "en"}):
        (two,) = make(made["id"])
    assert one == two
    assert f"/resource/{row.id}/download/tabla.csv".encode() in one.bodies["nt"]


PUBLISHER = "https://otro.example.org/autoridad"


def name_publisher(graph: Graph, iri: str) -> tuple[Any, str]:
    """Tell the node of a dataset's publisher, and its name."""
    node = graph.value(URIRef(iri), DCTERMS.publisher)
    return node, str(graph.value(node, FOAF.name))


@pytest.mark.usefixtures("clean")
class TestPublishers:
    """One IRI never gets two names, over all fragments."""

    def test_of_datasets_that_differ(self, make: Make, dataset: Any) -> None:
        given = [dataset(publisher=[{"name": n, "uri": PUBLISHER}]) for n in ("Uno", "Uno", "Dos")]
        made = make(*(one["id"] for one in given))
        graph = read("nt", made)
        names = [name_publisher(graph, one.iri) for one in made]
        assert names[:2] == [(URIRef(PUBLISHER), "Uno")] * 2
        assert names[2][1] == "Dos" and names[2][0] != URIRef(PUBLISHER)
        assert (names[2][0], OWL.sameAs, URIRef(PUBLISHER)) in graph
        assert set(graph.objects(URIRef(PUBLISHER), FOAF.name)) == {Literal("Uno")}

    def test_what_is_stored_goes_before(self, make: Make, dataset: Any, store: Any) -> None:
        first, second = (
            dataset(publisher=[{"name": name, "uri": PUBLISHER}])["id"] for name in ("Uno", "Dos")
        )
        (one,) = made = make(first)
        store(made)
        (two,) = made = make(second)
        assert name_publisher(read("nt", [two]), two.iri)[0] != URIRef(PUBLISHER)
        store(made)
        # whatever the order, each says what it said
        assert make(second, first) == [two, one]

    def test_a_publisher_that_nobody_else_names_may_be_renamed(
        self, make: Make, dataset: Any, store: Any
    ) -> None:
        made = dataset(publisher=[{"name": "Uno", "uri": PUBLISHER}])["id"]
        store(make(made))
        spoil(made, publisher=json.dumps([{"name": "Dos", "uri": PUBLISHER}]))
        (one,) = make(made)
        assert name_publisher(read("nt", [one]), one.iri) == (URIRef(PUBLISHER), "Dos")

    def test_an_organization_is_what_it_says_itself(
        self, make: Make, dataset: Any, organization: Any, store: Any
    ) -> None:
        own = portal.site().iri("organization", organization["id"])
        other = [{"name": "Otro nombre", "uri": own}]
        first, second = dataset(publisher=other)["id"], dataset()["id"]
        store(make(first))
        made = make(second, first)
        names = [name_publisher(read("nt", [one]), one.iri) for one in made]
        assert names[0] == (URIRef(own), "Instituto")
        assert names[1][0] != URIRef(own) and names[1][1] == "Otro nombre"
        assert made[0].agents == ()

    @pytest.mark.ckan_config("ckanext.gtplan.catalog.publisher_uri", PUBLISHER)
    @pytest.mark.ckan_config("ckanext.gtplan.catalog.publisher_name", "Autoridad")
    def test_nor_does_the_catalogue_s(self, make: Make, dataset: Any) -> None:
        made = dataset(publisher=[{"name": "Uno", "uri": PUBLISHER}])["id"]
        (one,) = make(made)
        assert name_publisher(read("nt", [one]), one.iri)[0] != URIRef(PUBLISHER)


@pytest.fixture
def store(clean: None) -> Iterator[Callable[[list[Made]], None]]:
    """Store fragments as the feeds do, so far as others look at them."""
    engine = get_engine()
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM gtplan_feed_epoch"))
        epoch = connection.scalar(
            sa.text(
                "INSERT INTO gtplan_feed_epoch (fingerprint, started, total, is_current)"
                " VALUES ('test', now(), 0, true) RETURNING id"
            )
        )

    def call(made: list[Made]) -> None:
        columns = ", ".join(SYNTAXES)
        row = sa.text(
            "INSERT INTO gtplan_fragment (epoch, package_id, ordinal, iri, version, themes, agents,"
            f" is_reduced, problems, {columns}) VALUES (:epoch, :id, :ordinal, :iri, :version,"
            " '{}', :agents, false, '[]', '', '', '', '', '')"
        )
        with engine.begin() as connection:
            for one in made:
                ordinal = connection.scalar(sa.text("SELECT count(*) FROM gtplan_fragment"))
                told = {"iri": one.iri, "version": one.version, "agents": list(one.agents)}
                connection.execute(
                    row, {"epoch": epoch, "id": one.package_id, "ordinal": ordinal, **told}
                )

    yield call
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM gtplan_feed_epoch"))


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(
    "option, value",
    [
        ("ckanext.gtplan.base_uri", "https://otra.example.org"),
        ("ckanext.gtplan.catalog.license", "cc-zero"),
        ("ckanext.gtplan.feed.profiles", ["euro_dcat_ap_3", "prm"]),
    ],
)
def test_the_fingerprint_is_of_the_options(
    request_context: None, ckan_config: Any, option: str, value: Any, monkeypatch: Any
) -> None:
    before = fingerprint()
    assert fingerprint() == before
    monkeypatch.setitem(ckan_config, option, value)
    changed = fingerprint()
    monkeypatch.undo()
    assert changed != before == fingerprint()
