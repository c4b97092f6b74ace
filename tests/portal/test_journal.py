"""The database notes every change of a dataset, however it is made, and the feeds follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from feeding import list_events, list_fragments, list_open, open_writer, read_rows, run
from reading import act

from ckanext.gtplan.feed.keeping import recording, store

pytestmark = pytest.mark.usefixtures("clean", "request_context")

RETITLE = sa.text("UPDATE package SET title = :title WHERE name = :name")


def get_text(name: str = "uno") -> str:
    """Bring the feeds up to date; give what they say of a dataset, or nothing."""
    store.bring_up_to_date()
    assert not list_open()
    package = model.Package.get(name)
    found = [f["nt"] for f in list_fragments() if package and f["package_id"] == package.id]
    return found[0].decode() if found else ""


def list_kinds() -> list[str]:
    return [event[2] for event in list_events()]


@pytest.fixture
def uno(dataset: Callable[..., Any]) -> dict[str, Any]:
    """A dataset that is in the feeds."""
    made: dict[str, Any] = dataset(name="uno", title="Título", tags=[{"name": "agua"}])
    assert "Título" in get_text()
    return made


@pytest.mark.parametrize(
    "statement, said",
    [
        ("UPDATE package SET title = 'Otro' WHERE id = :id", '"Otro"'),
        ("UPDATE resource SET name = 'Hoja' WHERE package_id = :id", '"Hoja"'),
        ("UPDATE tag SET name = 'nieve' WHERE name = 'agua'", '"nieve"'),
        ("UPDATE \"group\" SET title = 'Agencia' WHERE is_organization", '"Agencia"'),
        (
            "INSERT INTO resource (id, package_id, url, name, position, state)"
            " VALUES ('nuevo', :id, 'https://example.org/n', 'Nuevo', 1, 'active')",
            '"Nuevo"',
        ),
        (
            "UPDATE package SET extras = jsonb_set(extras, '{issued}', '\"2001\"') WHERE id = :id",
            '"2001"',
        ),
    ],
)
def test_statements_by_hand_are_followed(uno: dict[str, Any], statement: str, said: str) -> None:
    assert said not in get_text()
    run(statement, id=uno["id"])
    assert list_open() == [uno["id"]]
    assert said in get_text()
    assert list_kinds() == ["create", "update"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE package SET private = true WHERE id = :id",
        "UPDATE package SET state = 'deleted' WHERE id = :id",
        "UPDATE package SET state = 'draft' WHERE id = :id",
        "UPDATE package SET type = 'otro' WHERE id = :id",
    ],
)
def test_what_nobody_may_see_any_more_is_withdrawn(uno: dict[str, Any], statement: str) -> None:
    run(statement, id=uno["id"])
    assert get_text() == ""
    assert list_kinds() == ["create", "delete"]
    assert read_rows("SELECT * FROM gtplan_fragment") == []


def test_what_comes_back_keeps_its_place(uno: dict[str, Any], dataset: Callable[..., Any]) -> None:
    dataset(name="dos")
    store.bring_up_to_date()
    before = [fragment["package_id"] for fragment in list_fragments()]
    run("UPDATE package SET private = true WHERE name = 'uno'")
    store.bring_up_to_date()
    run("UPDATE package SET private = false WHERE name = 'uno'")
    store.bring_up_to_date()
    assert [fragment["package_id"] for fragment in list_fragments()] == before
    assert list_kinds() == ["create", "create", "delete", "create"]


def test_bulk_actions(uno: dict[str, Any], dataset: Callable[..., Any]) -> None:
    ids = [uno["id"], dataset(name="dos", owner_org=uno["owner_org"])["id"]]
    store.bring_up_to_date()
    act("bulk_update_private", datasets=ids, org_id=uno["owner_org"])
    assert get_text("uno") == get_text("dos") == ""
    act("bulk_update_public", datasets=ids, org_id=uno["owner_org"])
    assert get_text("uno") and get_text("dos")
    act("bulk_update_delete", datasets=ids, org_id=uno["owner_org"])
    assert get_text("uno") == get_text("dos") == ""
    assert list_kinds() == [kind for kind in ("create", "delete") * 2 for _ in ids]


def test_a_purge_leaves_a_tombstone(uno: dict[str, Any]) -> None:
    iri = list_events()[0][1]
    act("dataset_purge", id="uno")
    assert get_text() == ""
    assert list_events()[-1] == (2, iri, "delete", None)
    (known,) = read_rows("SELECT iri, version FROM gtplan_feed_dataset")
    assert known == {"iri": iri, "version": None}


def test_an_organization_by_another_name(uno: dict[str, Any]) -> None:
    act("organization_patch", id=uno["owner_org"], title="Agencia")
    assert "Agencia" in get_text()
    act("organization_patch", id=uno["owner_org"], extras=[{"key": "email", "value": "a@b.org"}])
    assert "mailto:a@b.org" in get_text()


def test_a_milestone_by_another_title(
    organization: dict[str, Any], dataset: Callable[..., Any], create: Callable[..., None]
) -> None:
    owner = organization["id"]
    create("action_plan", "plan", owner_org=owner, plan_number=1, country="PRY", cycle_year=2020)
    create(
        *("commitment", "plan-c01"),
        **{"owner_org": owner, "action_plan": "plan", "commitment_number": 1},
        end_date="2020-02",
    )
    create(
        *("milestone", "plan-c01-h01"),
        **{"owner_org": owner, "commitment": "plan-c01", "milestone_number": 1, "title": "Hito"},
    )
    dataset(name="uno", milestone="plan-c01-h01")
    assert "Hito" in get_text()
    act("package_patch", id="plan-c01-h01", title="Mojón")
    assert "Mojón" in get_text()
    act("package_patch", id="plan-c01-h01", private=True)
    assert "Mojón" not in get_text()


def test_a_group_moves_no_text_but_is_looked_at(uno: dict[str, Any]) -> None:
    group = factories.Group()
    act("member_create", id=group["id"], object=uno["id"], object_type="package", capacity="public")
    assert list_open() == [uno["id"]]
    assert get_text()


def test_what_is_rolled_back_was_never_noted(uno: dict[str, Any]) -> None:
    with open_writer() as writer:
        writer.execute(RETITLE, {"title": "Otro", "name": "uno"})
        writer.rollback()
        savepoint = writer.begin_nested()
        writer.execute(RETITLE, {"title": "Otro", "name": "uno"})
        savepoint.rollback()
        writer.commit()
    assert list_open() == []
    with open_writer() as writer:
        savepoint = writer.begin_nested()
        writer.execute(RETITLE, {"title": "Otro", "name": "uno"})
        savepoint.rollback()
        writer.execute(RETITLE, {"title": "Tercero", "name": "uno"})
        writer.commit()
    assert "Tercero" in get_text()


def test_what_changes_nothing_is_not_noted(uno: dict[str, Any]) -> None:
    run("UPDATE package SET title = title")
    run("UPDATE resource SET url = url")
    assert list_open() == []


def test_two_writers_that_commit_in_the_other_order(
    uno: dict[str, Any], dataset: Callable[..., Any]
) -> None:
    dos = dataset(name="dos")
    store.bring_up_to_date()
    with open_writer() as first, open_writer() as second:
        first.execute(RETITLE, {"title": "Primero", "name": "uno"})
        second.execute(RETITLE, {"title": "Segundo", "name": "dos"})
        second.commit()
        assert "Segundo" in get_text("dos")
        assert "Primero" not in get_text("uno")
        first.commit()
    assert "Primero" in get_text("uno")
    changed = read_rows("SELECT package_id FROM gtplan_feed_event ORDER BY position")[2:]
    assert [row["package_id"] for row in changed] == [dos["id"], uno["id"]]


def test_a_crash_between_the_change_and_its_event(
    uno: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("UPDATE package SET title = 'Otro'")
    before = (list_events(), list_fragments(), read_rows("SELECT * FROM gtplan_feed_state"))

    def crash(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(recording, "announce", crash)
        with pytest.raises(KeyboardInterrupt):
            store.bring_up_to_date()
    assert (list_events(), list_fragments(), read_rows("SELECT * FROM gtplan_feed_state")) == before
    assert list_open() == [uno["id"]]
    assert "Otro" in get_text()
    assert list_kinds() == ["create", "update"]


def test_a_restored_database_has_rows_of_transactions_that_come_again(uno: dict[str, Any]) -> None:
    with open_writer() as writer:
        # as if the journal that was restored had had this transaction's number
        note = "INSERT INTO gtplan_journal (package_id, source, is_followed) VALUES (:id, :s, true)"
        writer.execute(sa.text(note), {"id": uno["id"], "s": "package"})
        writer.execute(RETITLE, {"title": "Otro", "name": "uno"})
        writer.commit()
    assert list_open() == [uno["id"]]
    assert "Otro" in get_text()


def test_an_edit_of_what_is_private_shows_nowhere(
    uno: dict[str, Any], dataset: Callable[..., Any]
) -> None:
    dataset(name="secreto", private=True)
    before = store.bring_up_to_date()
    act("package_patch", id="secreto", title="Otro")
    assert list_open()
    assert store.bring_up_to_date() == before
    assert list_kinds() == ["create"]
