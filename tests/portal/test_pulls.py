"""Who pulls the feeds is counted by day and address, and told to administrators alone."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from reading import Page, act, visit

from ckanext.gtplan.feed import pulls
from ckanext.gtplan.feed.keeping.database import get_engine

GEALC = "RedGEALC/2.0 (+https://redgealc.example.org/; datos@example.org)"


@pytest.fixture(autouse=True)
def empty(request_context: None) -> Iterator[None]:
    run("DELETE FROM gtplan_feed_pull")
    yield
    run("DELETE FROM gtplan_feed_pull")


@pytest.fixture
def boss() -> str:
    return str(factories.SysadminWithToken()["token"])


def run(statement: str) -> None:
    with get_engine().begin() as connection:
        connection.execute(sa.text(statement))


def count() -> int:
    with get_engine().connect() as connection:
        return int(connection.scalar(sa.text("SELECT count(*) FROM gtplan_feed_pull")))


@pytest.mark.parametrize(
    "sent, name",
    [
        ("python-requests/2.31.0", "python-requests/2.31.0"),
        (GEALC, "RedGEALC/2.0 https://redgealc.example.org/"),
        ("rdflib-7.6.0 (https://rdflib.example.org/; a@example.org)",
         "rdflib-7.6.0 https://rdflib.example.org/"),
        ("Mozilla/5.0 (compatible; Cosechador/2.1; +http://example.org/bot.html)",
         "Cosechador/2.1 http://example.org/bot.html"),
        ("Mozilla/5.0 (Linux; Android 6; Nexus) Chrome/1 (compatible; bot/2.0)", "bot/2.0"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0", "Mozilla"),
        ("", "-"),
        ("(nada)", "-"),
        ("a\x00b\ud800", "a b?"),
        ("x" * 500, "x" * 80),
    ],
)  # fmt: skip
def test_a_harvester_is_what_it_calls_itself_and_no_person(sent: str, name: str) -> None:
    assert pulls.name_harvester(sent) == name


def test_pulls_of_a_day_are_added_up() -> None:
    for status, size in ((200, 1000), (304, 0), (503, 40), (200, 1000)):
        pulls.note_pull(GEALC, "/catalog.ttl", status, size, 0.5)
    pulls.note_pull("curl/8", "/data.json", 200, 5, 0.1)
    found = act("gtplan_feed_pull_list")
    curl, gealc = found["harvesters"]
    assert curl["harvester"] == "curl/8" and curl["addresses"] == ["/data.json"]
    sums = {name: gealc[name] for name in ("pulls", "unchanged", "failed", "size", "seconds")}
    assert sums == {"pulls": 4, "unchanged": 1, "failed": 1, "size": 2040, "seconds": 0.5}
    assert gealc["status"] == 200 and gealc["latest"].endswith("+00:00") and gealc["days"] == 1
    assert [day["address"] for day in found["days"]] == ["/data.json", "/catalog.ttl"]
    own = act("gtplan_feed_pull_list", harvester="curl/8")
    assert [day["pulls"] for day in own["days"]] == [1] and len(own["harvesters"]) == 1


def test_the_feeds_count_their_answers(app: Any, dataset: Any) -> None:
    def read(path: str, status: int, **more: str) -> Any:
        answer = app.get(path, headers={"User-Agent": GEALC, **more}, status=status)
        # as web servers do; the test client leaves both to who reads
        assert answer.data or status == 304
        answer.close()
        return answer

    made = dataset()
    tag = read("/catalog.ttl", 200).headers["ETag"]
    read("/catalog.ttl", 304, **{"If-None-Match": tag})
    read("/catalog.ttl?q=x", 400)
    for name in (made["id"], made["name"]):
        read(f"/dataset/{name}.ttl", 200)
    read("/dataset/", 200)  # a page is no feed
    broken = app.get("/catalog.nt", headers={"User-Agent": GEALC}, status=200)
    broken.close()  # nobody has read it to its end
    found = {day["address"]: day for day in act("gtplan_feed_pull_list")["days"]}
    assert set(found) == {"/catalog.ttl", "/catalog.nt", "/dataset/<id>.ttl"}
    assert found["/catalog.nt"]["failed"] == 1
    whole = found["/catalog.ttl"]
    assert (whole["pulls"], whole["unchanged"], whole["failed"]) == (3, 1, 1)
    assert whole["size"] > 1000 and found["/dataset/<id>.ttl"]["pulls"] == 2


def test_old_days_go_and_the_span_is_kept() -> None:
    insert = (
        "INSERT INTO gtplan_feed_pull SELECT current_date - {days}, 'x', '/catalog.ttl', 1, 0, 0,"
        " 9, 1, now() - interval '{days} days', 200"
    )
    for days in (100, 60, 10):
        run(insert.format(days=days))
    pulls.note_pull("x", "/catalog.ttl", 200, 9, 1)
    assert count() == 3
    for days, expected in ((1, 1), (30, 2), (90, 3), (10**9, 3), (0, 1)):
        (one,) = act("gtplan_feed_pull_list", days=days)["harvesters"]
        assert one["pulls"] == expected


def test_the_table_of_a_day_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    run(
        "INSERT INTO gtplan_feed_pull SELECT current_date, 'x' || n, '/catalog.ttl', 1, 0, 0, 9, 1,"
        " now(), 200 FROM generate_series(1, 1000) n"
    )
    for name in ("nuevo", "otro", "x7"):
        pulls.note_pull(name, "/catalog.ttl", 200, 9, 1)
    assert count() == 1001
    found = {one["harvester"]: one["pulls"] for one in act("gtplan_feed_pull_list")["harvesters"]}
    assert found[pulls.OTHERS] == 2 and found["x7"] == 2 and "nuevo" not in found


def test_nothing_that_happens_here_reaches_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Any:
        raise sa.exc.OperationalError("", None, Exception())

    monkeypatch.setattr(pulls, "get_engine", fail)
    pulls.note_pull("curl/8", "/catalog.ttl", 200, 5, 0.1)
    assert count() == 0


def test_a_row_that_somebody_holds_does_not_delay_the_next_answer() -> None:
    pulls.note_pull("curl/8", "/catalog.ttl", 200, 5, 0.1)
    with get_engine().begin() as connection:
        connection.execute(sa.text("SELECT 1 FROM gtplan_feed_pull FOR UPDATE"))
        pulls.note_pull("curl/8", "/catalog.ttl", 200, 5, 0.1)
    (one,) = act("gtplan_feed_pull_list")["harvesters"]
    assert one["pulls"] == 1


class TestPage:
    def test_only_administrators_see_it(self, app: Any) -> None:
        user = factories.UserWithToken()
        factories.Organization(users=[{"name": user["name"], "capacity": "admin"}])
        for path in ("/feeds/pulls", "/feeds/pulls.csv"):
            for token in ("", user["token"]):
                answer = visit(app, "get", path, token, status=403)
                assert "RedGEALC" not in answer.body
        with pytest.raises(tk.NotAuthorized):
            tk.get_action("gtplan_feed_pull_list")({"user": user["name"]}, {})

    def test_it_tells_who_what_and_when(self, app: Any, boss: str) -> None:
        empty = Page(visit(app, "get", "/en/feeds/pulls", boss, status=200).body)
        assert "Nobody pulled a feed" in empty.text
        pulls.note_pull(GEALC, "/catalog.ttl", 503, 2048, 0.5)
        pulls.note_pull("=cmd()", "/data.json", 200, 1, 0.5)
        page = Page(visit(app, "get", "/en/feeds/pulls?days=7", boss, status=200).body)
        (row,) = [row for row in page.rows if "RedGEALC" in row]
        assert "/catalog.ttl" in row and "answer 503" in row
        path = "/en/feeds/pulls?harvester=RedGEALC/2.0+https://redgealc.example.org/"
        own = Page(visit(app, "get", path, boss, status=200).body)
        assert "/catalog.ttl" in own.text and "/data.json" not in own.text
        text = visit(app, "get", "/feeds/pulls.csv", boss, status=200).body
        first, *_ = csv.DictReader(text.splitlines())
        assert first["harvester"] == "'=cmd" and first["size"] == "1"

    @pytest.mark.parametrize("query", ["days=x", "days=-1", "days=99999999999", "harvester=%00"])
    def test_what_cannot_be_asked_is_no_error(self, app: Any, boss: str, query: str) -> None:
        visit(app, "get", f"/feeds/pulls?{query}", boss, status=200)

    def test_the_administration_leads_there(self, app: Any, boss: str) -> None:
        page = visit(app, "get", "/ckan-admin/", boss, status=200).body
        assert "/feeds/pulls" in page and "/feeds/report" in page
