"""Loading what is there writes nothing, and what was left undone is done the next time."""

from __future__ import annotations

from typing import Any

import pysolr
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import jobs, search
from ckan.plugins import toolkit as tk
from test_loading import COMMITMENT, HEAD, MILESTONE, Load, show

from ckanext.gtplan.logic.plans import loading
from ckanext.gtplan.logic.plans.indexing import index_packages


def read_versions() -> dict[str, list[Any]]:
    """Read of each row of each table which transaction wrote it."""
    model.Session.remove()
    tables = sa.inspect(model.meta.engine).get_table_names()
    query = 'SELECT xmin::text, ctid::text FROM "{}"'
    return {
        name: sorted(map(tuple, model.Session.execute(sa.text(query.format(name)))))
        for name in tables
    }


@pytest.mark.usefixtures("clean", "request_context")
class TestNothingToDo:
    """Loading what is there writes nothing, anywhere."""

    def test_no_row_no_document_and_no_job(
        self, load: Load, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = {"p.yaml": HEAD + COMMITMENT + MILESTONE}
        load(text)
        jobs.get_queue().empty()
        before = read_versions()

        def fail(*arguments: object, **named: object) -> None:
            raise AssertionError("the index is written")

        monkeypatch.setattr(pysolr.Solr, "_update", fail)
        assert set(load(text)["published"].values()) == {"unchanged"}
        assert read_versions() == before
        assert not jobs.get_queue().jobs

    def test_a_dataset_that_was_deleted_is_built_again(
        self, load: Load, sysadmin: dict[str, Any]
    ) -> None:
        text = {"p.yaml": HEAD + COMMITMENT + MILESTONE}
        load(text)
        tk.get_action("package_delete")(dict(sysadmin), {"id": "py-pan1-c01-h01-datos"})
        assert load(text)["published"]["py-pan1-c01-h01-datos"] == "created"
        assert show("py-pan1-c01-h01-datos")["state"] == "active"

    def test_a_file_that_says_what_was_edited_in_the_portal_writes_no_record(
        self, load: Load, sysadmin: dict[str, Any]
    ) -> None:
        load({"p.yaml": HEAD + COMMITMENT})
        edit = {"id": "py-pan1-c01", "title": "Datos abiertos"}
        tk.get_action("package_patch")(dict(sysadmin), edit)
        summary = load({"p.yaml": HEAD + COMMITMENT.replace("para todos", "abiertos")})
        assert summary["changed"] == []


@pytest.mark.usefixtures("clean", "request_context")
class TestUnfinished:
    """What fails after the records were written is told as it is, and done the next time."""

    def test_a_dataset_that_cannot_be_built(
        self, load: Load, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        build = loading.build_deliverable

        def refuse(context: Any, name: str, publication: Any) -> Any:
            if name == "py-pan1":
                raise tk.ValidationError({"title": ["No se acepta"]})
            return build(context, name, publication)

        text = {"p.yaml": HEAD + COMMITMENT + MILESTONE}
        with monkeypatch.context() as patched:
            patched.setattr(loading, "build_deliverable", refuse)
            summary = load(text)
        (sentence,) = summary["unfinished"]
        assert "py-pan1" in sentence and "No se acepta" in sentence
        assert summary["published"] == {"py-pan1-c01-h01-datos": "created"}
        assert show("py-pan1-c01-h01")["state"] == "active"
        again = load(text)
        assert again["unfinished"] == []
        assert again["published"]["py-pan1-datos"] == "created"

    def test_a_search_engine_that_does_not_answer(
        self, load: Load, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*arguments: object) -> None:
            raise search.SearchIndexError("Could not connect")

        text = {"p.yaml": HEAD + COMMITMENT}
        with monkeypatch.context() as patched:
            patched.setattr(loading, "index_packages", fail)
            assert "Could not connect" in load(text)["unfinished"][0]
        assert load(text)["unfinished"] == []
        found = tk.get_action("package_search")({"user": ""}, {"fq": "dataset_type:commitment"})
        assert found["count"] == 1


@pytest.mark.usefixtures("clean", "request_context")
def test_what_a_job_changes_while_a_load_indexes_is_indexed_as_it_is(load: Load) -> None:
    load({"plan.yaml": HEAD + COMMITMENT + MILESTONE})
    names = sorted(name for (name,) in model.Session.query(model.Package.name))
    model.Session.rollback()
    moment = "2031-02-03T04:05:06"

    def change(step: str, done: int, total: int) -> None:
        with model.meta.engine.begin() as others:
            query = "UPDATE package SET metadata_modified = :moment WHERE name = :name"
            others.execute(sa.text(query), {"moment": moment, "name": names[0]})

    index_packages(names, change)
    found = tk.get_action("package_search")({}, {"fq": f"+dataset_type:* +name:{names[0]}"})
    assert found["results"][0]["metadata_modified"].startswith(moment)
