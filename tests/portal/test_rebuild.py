"""Published datasets follow their records, under ids that never change."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import jobs
from ckan.plugins import toolkit as tk
from publishing import (
    ACTIVITIES,
    BUDGET,
    DATASET,
    MILESTONE,
    PLAN,
    Load,
    build,
    download,
    get_resource,
    keep_plan,
    patch,
    read_csv,
    read_rows,
    remove_plan,
    rename_activity,
    show,
    site_user,
)

from ckanext.gtplan.logic.plans import dataset as dataset_module
from ckanext.gtplan.logic.plans import publication
from ckanext.gtplan.logic.plans.storage import read_file, restore_file
from ckanext.gtplan.plan.tables.tables import list_columns


@pytest.fixture
def plan(load: Load) -> Iterator[None]:
    yield from keep_plan(load)


@pytest.fixture(scope="module", autouse=True)
def no_plan_afterwards(shared_app: Any) -> Iterator[None]:
    yield
    remove_plan(shared_app)


@pytest.fixture
def queue() -> Iterator[Any]:
    """The queue of background jobs, empty before and after."""
    jobs.get_queue().empty()
    yield jobs.get_queue()
    jobs.get_queue().empty()


@pytest.mark.usefixtures("plan", "request_context")
class TestRebuild:
    """What changed is written under the same ids, and nothing else is."""

    def test_a_changed_row(self, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        before = show(DATASET)
        monkeypatch.setattr(dataset_module, "_get_now", lambda: "2031-01-01T00:00:00+00:00")
        rename_activity("Reunir a todos")
        assert build(MILESTONE) == {"dataset": DATASET, "status": "updated"}
        after = show(DATASET)
        assert after["id"] == before["id"]
        assert [r["id"] for r in after["resources"]] == [r["id"] for r in before["resources"]]
        assert after["issued"] == before["issued"]
        assert after["data_modified"] == "2031-01-01T00:00:00+00:00"
        changed, kept = get_resource(after, ACTIVITIES), get_resource(after, BUDGET)
        assert changed["data_modified"] == "2031-01-01T00:00:00+00:00"
        assert changed["issued"] == get_resource(before, ACTIVITIES)["issued"]
        assert changed["url"] == get_resource(before, ACTIVITIES)["url"]
        assert kept == get_resource(before, BUDGET)
        assert b"Reunir a todos" in download(app, changed).data
        assert read_rows(ACTIVITIES)[0][3] == "Reunir a todos"

    def test_other_words_for_the_same_data(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = show(DATASET)
        monkeypatch.setattr(dataset_module, "_get_now", lambda: "2031-01-01T00:00:00+00:00")
        patch(MILESTONE, title="Un título nuevo")
        assert build(MILESTONE) == {"dataset": DATASET, "status": "updated"}
        after = show(DATASET)
        assert "Un título nuevo" in after["notes"]
        assert after["data_modified"] == before["data_modified"]
        assert after["resources"] == before["resources"]
        assert after["metadata_modified"] > before["metadata_modified"]

    def test_a_table_that_is_no_more_and_comes_back(self, app: Any) -> None:
        lines = show(MILESTONE)["budget_lines"]
        url = get_resource(show(DATASET), BUDGET)["url"]
        patch(MILESTONE, budget_lines=[])
        assert not show(MILESTONE).get("budget_lines")
        assert build(MILESTONE) == {"dataset": DATASET, "status": "updated"}
        assert [r["id"] for r in show(DATASET)["resources"]] == [ACTIVITIES]
        assert app.get(urlsplit(url).path).status_code == 404
        assert read_file(BUDGET) is None
        with pytest.raises(tk.ObjectNotFound):
            read_rows(BUDGET)
        patch(MILESTONE, budget_lines=lines)
        build(MILESTONE)
        assert download(app, get_resource(show(DATASET), BUDGET)).status_code == 200
        assert len(read_rows(BUDGET)) == 1

    def test_a_work_plan_that_is_no_more_and_comes_back(self, app: Any) -> None:
        before, activities = show(DATASET), show(MILESTONE)["activities"]
        patch(MILESTONE, activities=[])
        assert build(MILESTONE) == {"dataset": DATASET, "status": "removed"}
        assert build(MILESTONE) is None
        assert app.get(f"/dataset/{DATASET}").status_code == 404
        patch(MILESTONE, activities=activities)
        assert build(MILESTONE) == {"dataset": DATASET, "status": "created"}
        after = show(DATASET)
        assert (after["id"], after["issued"]) == (before["id"], before["issued"])
        assert after["data_modified"] == before["data_modified"]
        assert app.get(f"/dataset/{DATASET}").status_code == 200

    def test_a_deleted_record_is_withdrawn(self) -> None:
        tk.get_action("package_delete")(
            {**site_user(), publication.SUPPRESSED: True}, {"id": MILESTONE}
        )
        assert build(MILESTONE) == {"dataset": DATASET, "status": "removed"}
        assert build("uy-pan1") == {"dataset": "uy-pan1-datos", "status": "updated"}
        resources = show("uy-pan1-datos")["resources"]
        assert "Hitos" not in {resource["name"] for resource in resources}
        patch(MILESTONE, state="active")
        assert build(MILESTONE) == {"dataset": DATASET, "status": "created"}

    def test_what_people_set_stays(self) -> None:
        dataset = show(DATASET)
        document = {"name": "Acta", "url": "https://example.org/acta.pdf", "format": "PDF"}
        patch(
            DATASET,
            license_id="odc-odbl",
            frequency="R/P6M",
            contributor=["Universidad"],
            resources=[document, *dataset["resources"]],
        )
        rename_activity("Otra vez")
        build(MILESTONE)
        after = show(DATASET)
        assert after["license_id"] == "odc-odbl"
        assert after["frequency"] == "R/P6M"
        assert after["contributor"] == ["Universidad"]
        assert after["notes"].endswith("\n\nUna nota.")
        assert after["spatial_coverage"] == dataset["spatial_coverage"]
        assert {"Acta", "Presupuesto"} <= {resource["name"] for resource in after["resources"]}
        build(MILESTONE)
        assert show(DATASET) == after
        tk.get_action("dataset_purge")(site_user(), {"id": DATASET})

    def test_a_formula_is_a_text_in_file_and_table(self, app: Any) -> None:
        rows = read_csv(download(app, get_resource(show(DATASET), ACTIVITIES)).data)[1:]
        assert rows[1][3] == "'=Publicar"
        assert read_rows(ACTIVITIES) == rows

    def test_a_lost_file_and_a_tampered_table_are_repaired(self, app: Any) -> None:
        before = show(DATASET)
        restore_file(ACTIVITIES, None)
        tk.get_action("datastore_upsert")(
            site_user(),
            {
                "resource_id": BUDGET,
                "force": True,
                "method": "insert",
                "records": [{"hito": "intruso"}],
            },
        )
        assert build(MILESTONE) == {"dataset": DATASET, "status": "updated"}
        after = show(DATASET)
        for resource in after["resources"]:
            data = download(app, resource).data
            assert read_rows(resource["id"]) == read_csv(data)[1:]
        assert after["data_modified"] == before["data_modified"]
        assert build(MILESTONE) == {"dataset": DATASET, "status": "unchanged"}

    def test_a_dictionary_of_other_columns_is_made_anew(self) -> None:
        tk.get_action("datastore_delete")(site_user(), {"resource_id": BUDGET, "force": True})
        tk.get_action("datastore_create")(
            site_user(),
            {"resource_id": BUDGET, "force": True, "fields": [{"id": "x", "type": "int8"}]},
        )
        build(MILESTONE)
        fields = tk.get_action("datastore_info")({"user": ""}, {"id": BUDGET})["fields"]
        assert [field["id"] for field in fields] == [c.name for c in list_columns("presupuesto")]
        assert len(read_rows(BUDGET)) == 1
        assert build(MILESTONE) == {"dataset": DATASET, "status": "unchanged"}


@pytest.mark.usefixtures("plan", "request_context")
class TestFailure:
    """A build that breaks off leaves what was served; the next one repairs the rest."""

    def test_when_the_dataset_cannot_be_written(
        self, app: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = show(DATASET)
        old = download(app, get_resource(before, ACTIVITIES)).data
        rename_activity("Reunir a todos")

        def fail(*args: Any) -> None:
            raise ConnectionError("no search index")

        with monkeypatch.context() as patched:
            patched.setattr("ckan.logic.index_update_package_dicts", fail)
            with pytest.raises(ConnectionError):
                build(MILESTONE)
        assert show(DATASET) == before
        assert download(app, get_resource(before, ACTIVITIES)).data == old
        assert read_rows(ACTIVITIES) == read_csv(old)[1:]
        assert build(MILESTONE) == {"dataset": DATASET, "status": "updated"}
        assert b"Reunir a todos" in download(app, get_resource(before, ACTIVITIES)).data

    def test_when_the_table_cannot_be_written(
        self, app: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rename_activity("Reunir a todos")

        def fail(*args: Any) -> None:
            raise ConnectionError("no datastore")

        with monkeypatch.context() as patched:
            patched.setattr(dataset_module, "sync_datastore", fail)
            with pytest.raises(ConnectionError):
                build(MILESTONE)
        assert build(MILESTONE) == {"dataset": DATASET, "status": "updated"}
        data = download(app, get_resource(show(DATASET), ACTIVITIES)).data
        assert read_rows(ACTIVITIES) == read_csv(data)[1:]
        assert b"Reunir a todos" in data

    def test_when_a_new_dataset_cannot_be_finished(
        self, app: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tk.get_action("dataset_purge")(site_user(), {"id": DATASET})

        def fail(*args: Any) -> None:
            raise ConnectionError("no search index")

        with monkeypatch.context() as patched:
            patched.setattr("ckan.logic.index_update_package_dicts", fail)
            with pytest.raises(ConnectionError):
                build(MILESTONE)
        assert app.get(f"/dataset/{DATASET}").status_code == 404
        assert build(MILESTONE) == {"dataset": DATASET, "status": "created"}
        assert app.get(f"/dataset/{DATASET}").status_code == 200


@pytest.mark.usefixtures("plan")
class TestJobs:
    """A change has its datasets rebuilt in the background, once."""

    def edit(self, name: str, **fields: Any) -> None:
        tk.get_action("package_patch")(site_user(), {"id": name, **fields})

    def titles(self, queue: Any) -> list[str]:
        titles = (job.meta["title"] for job in queue.jobs)
        return sorted(title for title in titles if title.startswith("gtplan rebuild"))

    @pytest.fixture(autouse=True)
    def with_request(self, request_context: None) -> None:
        """An edit comes with a request; the worker has none."""

    def test_a_milestone_rebuilds_itself_and_its_plan(self, queue: Any) -> None:
        self.edit(MILESTONE, title="Otro título")
        self.edit(MILESTONE, title="Y otro más")
        assert self.titles(queue) == [
            "gtplan rebuild uy-pan1",
            f"gtplan rebuild {MILESTONE}",
        ]

    def test_a_commitment_rebuilds_its_plan_and_what_is_below(self, queue: Any) -> None:
        self.edit("uy-pan1-c01", policy_areas=["education"])
        assert self.titles(queue) == [
            "gtplan rebuild uy-pan1",
            f"gtplan rebuild {MILESTONE}",
        ]
        self.edit("uy-pan1-c02", title="Sin hitos")
        assert len(self.titles(queue)) == 2

    def test_a_plan_rebuilds_what_is_below(self, queue: Any) -> None:
        self.edit("uy-pan1", private=True)
        assert f"gtplan rebuild {MILESTONE}" in self.titles(queue)

    def test_no_job_before_the_change_is_committed(self, queue: Any) -> None:
        context = {**site_user(), "defer_commit": True, "return_id_only": True}
        tk.get_action("package_patch")(context, {"id": MILESTONE, "title": "Aún no"})
        assert self.titles(queue) == []
        model.Session.commit()
        assert f"gtplan rebuild {MILESTONE}" in self.titles(queue)

    def test_a_load_publishes_by_itself(self, queue: Any, load: Load) -> None:
        load({"plan.yaml": PLAN.replace("name: Reunir,", "name: Reunir a todos,")})
        assert self.titles(queue) == []
        assert read_rows(ACTIVITIES)[0][3] == "Reunir a todos"

    def test_datasets_rebuild_nothing(self, queue: Any) -> None:
        self.edit(DATASET, license_id="odc-odbl")
        assert self.titles(queue) == []

    def test_a_deleted_milestone_leaves_its_plan(self, queue: Any) -> None:
        publication.enqueue_rebuild(site_user(), {"id": show(MILESTONE)["id"]})
        assert self.titles(queue) == []
        model.Session.commit()
        assert self.titles(queue) == [
            "gtplan rebuild uy-pan1",
            f"gtplan rebuild {MILESTONE}",
        ]

    def test_a_record_that_is_gone_is_withdrawn(self, load: Load) -> None:
        tk.get_action("dataset_purge")(site_user(), {"id": MILESTONE})
        publication.rebuild_deliverable(MILESTONE)
        assert show(DATASET)["state"] == "deleted"
        load({"plan.yaml": PLAN})
        assert show(DATASET)["state"] == "active"


@pytest.mark.usefixtures("plan")
def test_a_worker_rebuilds(queue: Any) -> None:
    """The job as a worker runs it: with neither a request nor an application at hand."""
    activities = show(MILESTONE)["activities"]
    changed = [{**activities[0], "name": "De noche"}, *activities[1:]]
    tk.get_action("package_patch")(site_user(), {"id": MILESTONE, "activities": changed})

    def work() -> None:
        for job in queue.jobs:
            job.func(*job.args)
        model.Session.remove()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()
    assert read_rows(ACTIVITIES)[0][3] == "De noche"


@pytest.mark.usefixtures("plan", "request_context")
def test_nothing_is_left_when_the_load_goes(load: Load) -> None:
    tk.get_action("gtplan_unload")(site_user(), {"id": "publicada"})
    names = model.Session.scalars(sa.select(model.Package.name)).all()
    assert [name for name in names if name.startswith("uy-")] == []
    assert read_file(ACTIVITIES) is None
    load({"plan.yaml": PLAN})
    assert show(DATASET)["state"] == "active"
    assert len(read_rows(ACTIVITIES)) == 2
