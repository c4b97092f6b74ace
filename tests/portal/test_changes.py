"""The stream of changes over HTTP: what changes the portal is what it tells, in that order."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from reading import act

from ckanext.gtplan.feed.changes import ENDINGS, PAGE
from ckanext.gtplan.feed.keeping import store
from ckanext.gtplan.model.feed import FeedEvent


@pytest.fixture
def read(app: Any) -> Callable[..., Any]:
    """Read an address as a harvester does: without a session that another test has left."""
    client = app.test_client(use_cookies=False)

    def call(path: str, status: int = 200, **headers: str) -> Any:
        return client.get(path, headers=headers, status=status)

    return call


@pytest.fixture
def list_events(read: Callable[..., Any]) -> Callable[..., list[Any]]:
    """List what has happened after a position."""

    def call(after: int = 0) -> list[Any]:
        page = json.loads(read(f"/changes.jsonld?after={after}").body)
        return [SimpleNamespace(**event) for event in page["member"]]

    return call


@pytest.fixture
def position(clean: None, read: Callable[..., Any]) -> int:
    """Where the stream is before a test does anything."""
    root = json.loads(read("/changes.jsonld").body)
    return int(root["view"]["tree:relation"]["tree:remainingItems"])


@pytest.fixture
def full(position: int) -> int:
    """A stream of two full pages and a half; the position of its last event."""
    events = [
        {
            "position": number,
            "package_id": f"p{number}",
            "iri": f"https://example.org/{number}",
            "kind": "create",
            "version": f"{number:032x}",
            "published": datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=number),
        }
        for number in range(position + 1, position + 2 * PAGE + PAGE // 2 + 1)
    ]
    model.Session.execute(sa.insert(FeedEvent), events)
    last = events[-1]["position"]
    query = "UPDATE gtplan_feed_state SET position = :position, published = :published"
    model.Session.execute(sa.text(query), events[-1])
    model.Session.commit()
    return int(str(last))


def shorten(address: str) -> str:
    return address[address.index("/changes") :]


def find_next(answer: Any) -> str:
    found = re.search(r'<([^>]*)>; rel="next"', answer.headers["Link"])
    assert found
    return shorten(found[1])


def tell(events: list[Any]) -> list[tuple[str, str]]:
    return [(event.type, event.object.rpartition("/")[2]) for event in events]


def test_what_befalls_a_dataset_is_told_in_order(
    position: int, dataset: Callable[..., Any], list_events: Callable[..., Any]
) -> None:
    own = dataset(title="Una")["id"]
    assert tell(list_events(position)) == [("Create", own)]
    act("package_patch", id=own, title="Otra")
    act("package_patch", id=own, private=True)
    assert tell(list_events(position)) == [("Create", own), ("Delete", own)]
    act("package_patch", id=own, title="A escondidas")
    act("package_patch", id=own, private=False)
    act("package_patch", id=own, title="A la vista")
    assert tell(list_events(position))[2:] == [("Create", own)]
    act("package_patch", id=own, title="De nuevo")
    act("package_delete", id=own)
    act("dataset_purge", id=own)
    events = list_events(position)
    assert tell(events)[3:] == [("Delete", own)]
    assert [event.published for event in events] == sorted({event.published for event in events})
    assert all("@graph" not in event.__dict__ for event in events if event.type == "Delete")


def test_an_event_says_nothing_of_what_a_dataset_holds(
    position: int, dataset: Callable[..., Any], read: Callable[..., Any]
) -> None:
    made = dataset(title="Presupuesto reservado", notes="No debió publicarse", name="reservado-7")
    page = json.loads(read(f"/changes.jsonld?after={position}").body)
    [event] = page["member"]
    assert event.keys() == {"id", "type", "object", "published", "@graph"}
    assert event["@graph"].keys() == {"id", "type", "document"}
    assert event["@graph"]["document"].keys() == {"id", "version"}
    for ending in ENDINGS:
        body = read(f"/changes.{ending}?after={position}").body
        assert made["id"] in body
        assert not re.search("reservado|debió", body)


def test_a_version_changes_with_what_is_said_and_only_then(
    position: int, dataset: Callable[..., Any], list_events: Callable[..., Any]
) -> None:
    own = dataset(title="Una")["id"]
    [first] = list_events(position)
    # noted by the database, but nothing that anybody is told
    query = "UPDATE package SET creator_user_id = NULL WHERE id = :id"
    model.Session.execute(sa.text(query), {"id": own})
    model.Session.commit()
    assert len(list_events(position)) == 1
    act("package_patch", id=own, title="Otra")
    second = list_events(position)[-1]
    assert second.type == "Update"
    versions = [event.__dict__["@graph"]["document"]["version"] for event in (first, second)]
    assert versions[0] != versions[1]


def test_who_was_never_seen_is_never_told_of(
    position: int, dataset: Callable[..., Any], read: Callable[..., Any], organization: Any
) -> None:
    hidden = dataset(private=True)["id"]
    draft = factories.Dataset(state="draft", owner_org=organization["id"])["id"]
    act("package_patch", id=hidden, title="Otra")
    act("package_delete", id=hidden)
    act("dataset_purge", id=draft)
    root = json.loads(read("/changes.jsonld").body)
    assert root["view"]["tree:relation"]["tree:remainingItems"] == position
    assert json.loads(read(f"/changes.jsonld?after={position}").body)["member"] == []


def test_an_organizations_name_changes_what_is_said_of_its_datasets(
    position: int,
    dataset: Callable[..., Any],
    organization: Any,
    list_events: Callable[..., Any],
) -> None:
    ids = {dataset()["id"] for _ in range(3)}
    before = len(list_events(position))
    act("organization_patch", id=organization["id"], title="Instituto Nacional")
    events = list_events(position)[before:]
    assert {(event.type, event.object.rpartition("/")[2]) for event in events} == {
        ("Update", own) for own in ids
    }
    # seen at once, they have one time
    assert len({event.published for event in events}) == 1


def test_bulk_changes_and_statements_by_hand_are_told(
    position: int,
    dataset: Callable[..., Any],
    organization: Any,
    list_events: Callable[..., Any],
) -> None:
    ids = [dataset()["id"] for _ in range(3)]
    list_events(position)
    act("bulk_update_private", org_id=organization["id"], datasets=ids[:2])
    assert sorted(tell(list_events(position + 3))) == sorted(("Delete", own) for own in ids[:2])
    model.Session.execute(sa.text("UPDATE package SET private = false"))
    model.Session.execute(
        sa.text("UPDATE package SET state = 'deleted' WHERE id = :id"), {"id": ids[2]}
    )
    model.Session.commit()
    events = tell(list_events(position + 5))
    assert events[0] == ("Delete", ids[2])
    assert sorted(events[1:]) == sorted(("Create", own) for own in ids[:2])


def test_the_entrance_and_the_newest_page_are_asked_for_again(
    full: int, dataset: Callable[..., Any], read: Callable[..., Any]
) -> None:
    newest = full // PAGE * PAGE
    for path in ("/changes.trig", f"/changes.trig?after={newest}", f"/changes.nq?after={full}"):
        answer = read(path)
        assert "no-cache" in answer.headers["Cache-Control"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert not answer.headers["ETag"].startswith("W/")
        same = read(path, 304, **{"If-None-Match": answer.headers["ETag"]})
        assert same.body == ""
        assert same.headers["ETag"] == answer.headers["ETag"]
    dataset()
    again = read("/changes.trig", **{"If-None-Match": read("/changes.nq").headers["ETag"]})
    assert again.body


def test_news_change_the_tag_of_the_newest_page_only(
    full: int, dataset: Callable[..., Any], read: Callable[..., Any]
) -> None:
    pages = [f"/changes.trig?after={after}" for after in range(0, full, PAGE)]
    before = [read(page) for page in pages]
    dataset()
    after = [read(page) for page in pages]
    assert [a.body == b.body for a, b in zip(before, after, strict=True)] == [True, True, False]
    tags = [[answer.headers["ETag"] for answer in answers] for answers in (before, after)]
    assert [a == b for a, b in zip(*tags, strict=True)] == [True, True, False]
    assert {answer.headers["Cache-Control"] for answer in after} == {"no-cache"}


def test_what_caches_may_keep_is_a_full_page_whose_address_tells_its_moment(
    full: int, read: Callable[..., Any]
) -> None:
    """So that they keep no page of a stream that was there before a backup was restored."""
    address, kept = "/changes.trig?after=0", []
    for _ in range(3):
        answer = read(address)
        same = read(address, 304, **{"If-None-Match": answer.headers["ETag"]})
        assert same.headers["Cache-Control"] == answer.headers["Cache-Control"]
        kept.append(same.headers["Cache-Control"])
        address = find_next(answer)
    assert kept == ["no-cache", "public, max-age=604800, immutable", "no-cache"]


def test_links_in_the_header_lead_to_the_newest_page(full: int, read: Callable[..., Any]) -> None:
    root = read("/changes.jsonld")
    links = dict(re.findall(r'<([^>]*)>; rel="(\w+)"', root.headers["Link"]))
    by_name = {name: address for address, name in links.items()}
    assert f"?after={full}&at=2026-" in by_name["last"]
    address, seen = shorten(by_name["first"]), []
    while True:
        answer = read(address)
        seen += [event["object"] for event in json.loads(answer.body)["member"]]
        following = find_next(answer)
        if following == address:
            break
        address = following
    assert len(seen) == len(set(seen)) == full
    assert address == shorten(by_name["last"])


@pytest.mark.parametrize("ending", ENDINGS)
def test_compressed_or_not_it_is_the_same(
    full: int, read: Callable[..., Any], app: Any, ending: str
) -> None:
    path = f"/changes.{ending}?after={full - 3}"
    plain = read(path)
    small = read(path, **{"Accept-Encoding": "gzip"})
    assert plain.headers["Content-Type"].startswith(ENDINGS[ending])
    assert gzip.decompress(small.data) == plain.data
    assert small.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in small.headers["Vary"] and "Cookie" not in small.headers["Vary"]
    head = app.test_client().head(path)
    assert head.data == b""
    assert head.headers["Content-Length"] == plain.headers["Content-Length"]


def test_a_full_page_waits_for_nothing(
    full: int, read: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_busy() -> None:
        raise store.Busy(7)

    monkeypatch.setattr(store, "bring_up_to_date", be_busy)
    assert read("/changes.trig", 503).headers["Retry-After"] == "7"
    assert read(f"/changes.trig?after={full}", 503).body
    assert read("/changes.trig?after=0").body


def test_what_was_asked_with_a_login_is_kept_by_no_cache(
    full: int, read: Callable[..., Any]
) -> None:
    answer = read("/changes.trig?after=0", Authorization="whatever")
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "accepted, ending",
    [
        ("application/ld+json", "jsonld"),
        ("application/n-quads, text/html;q=0.5", "nq"),
        ("*/*", "trig"),
        ("", "trig"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "trig"),
    ],
)
def test_the_stream_leads_to_the_syntax_that_is_asked_for(
    app: Any, accepted: str, ending: str
) -> None:
    answer = app.get("/changes?after=7", headers={"Accept": accepted}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/changes.{ending}?after=7")
    assert "Accept" in answer.headers["Vary"]


def test_a_syntax_that_there_is_not_is_refused(read: Callable[..., Any]) -> None:
    assert "application/trig" in read("/changes", 406, Accept="text/csv").body


@pytest.mark.parametrize("after", ["", "-1", "x", "1.5", "٣", "9" * 30])
def test_what_is_no_position_is_refused(read: Callable[..., Any], after: str) -> None:
    assert read(f"/changes.trig?after={after}", 400).body


@pytest.mark.parametrize("moment", ["", "2026-01-01", "2026-02-31T00:00:00.000000Z", "x"])
def test_what_is_no_moment_is_refused(read: Callable[..., Any], moment: str) -> None:
    assert "at" in read(f"/changes.trig?after=1&at={moment}", 400).body
    assert read("/changes.trig?at=2026-01-01T00:00:00.000000Z", 400).body


def test_a_position_that_was_not_reached_is_refused(
    position: int, read: Callable[..., Any]
) -> None:
    body = read(f"/changes.trig?after={position + 1}", 410).body
    assert f"{position}." in body and "/catalog-full.nt" in body


def test_a_harvester_learns_that_the_portal_was_restored_from_an_older_backup(
    position: int, dataset: Callable[..., Any], read: Callable[..., Any]
) -> None:
    dataset()
    old = find_next(read(f"/changes.jsonld?after={position}"))
    lost = dataset()["id"]
    known = find_next(read(old))
    act("dataset_purge", id=lost)
    for query in (
        "DELETE FROM gtplan_feed_event WHERE package_id = :lost",
        "DELETE FROM gtplan_feed_dataset WHERE package_id = :lost",
        "DELETE FROM gtplan_journal WHERE package_id = :lost",
        "UPDATE gtplan_feed_state SET (position, published) = (SELECT position, published"
        " FROM gtplan_feed_event ORDER BY position DESC LIMIT 1)",
    ):
        model.Session.execute(sa.text(query), {"lost": lost})
    model.Session.commit()
    assert "/catalog-full.nt" in read(known, 410).body
    # others have taken the positions that it knows, and more
    for _ in range(3):
        dataset()
    assert "/catalog-full.nt" in read(known, 410).body
    # what was told before the backup still holds
    assert len(json.loads(read(old).body)["member"]) == 3
    link = re.search(r'<([^>]*)>; rel="[^"]*EventStream"', read("/catalog-full.nt").headers["Link"])
    assert link and json.loads(read(shorten(link[1])).body)["member"] == []


def test_an_unknown_parameter_is_refused_by_its_name(read: Callable[..., Any]) -> None:
    assert "fq" in read("/changes.trig?fq=private:true", 400).body


def test_the_whole_catalogue_leads_to_the_changes_since(
    position: int, dataset: Callable[..., Any], read: Callable[..., Any]
) -> None:
    dataset()
    for path in ("/catalog-full.nt", "/data.json", "/catalog.ttl"):
        link = re.search(r'<([^>]*)>; rel="[^"]*EventStream"', read(path).headers["Link"])
        assert link and f"/changes.jsonld?after={position + 1}&at=" in link[1]
    assert f"changes.trig?after={position + 1}&at=" in read("/catalog-full.nt").body


def test_what_was_withdrawn_is_gone(
    position: int, dataset: Callable[..., Any], read: Callable[..., Any]
) -> None:
    hidden, purged, never = (dataset(private=n == 2)["id"] for n in range(3))
    for own in (hidden, purged):
        read(f"/dataset/{own}.ttl")
    act("package_patch", id=hidden, private=True)
    act("dataset_purge", id=purged)
    for own in (hidden, purged):
        for path in (f"/dataset/{own}.ttl", f"/dataset/{own}/data.json"):
            read(path, 410)
        read(f"/dataset/{own}", 410, Accept="text/turtle")
    for path in (f"/dataset/{never}.ttl", "/dataset/never-there.ttl"):
        read(path, 404)
    act("package_patch", id=hidden, private=False)
    read(f"/dataset/{hidden}.ttl")
