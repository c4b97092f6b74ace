"""A file for a living table: checked whole, written all or none, and again without a change."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckanext.datastore.backend.postgres import get_write_engine
from living import (
    INVENTORY,
    SERVICE,
    act,
    get_table,
    make_inventory,
    read_column,
    read_rows,
    removing,
    show,
    site_user,
    upsert,
)
from openpyxl import Workbook
from werkzeug.datastructures import FileStorage

from ckanext.gtplan.logic.living import writing
from ckanext.gtplan.logic.living.comparison import count_differences, iterate_differences
from ckanext.gtplan.logic.living.messages import RowsRefused
from ckanext.gtplan.logic.living.reading import count_rows
from ckanext.gtplan.logic.living.writing import write_rows
from ckanext.gtplan.model import ServiceEntry
from ckanext.gtplan.plan.living import LIVING_TABLES

Run = Callable[[list[str]], Any]
SERVICES = LIVING_TABLES["services"]
NEXT_YEAR = "inventario-vivo-2027"
CSV = """\
service_id,name,channels,is_free,cost_amount,cost_currency
partida,Partida de nacimiento,PERSON,false,15.00,GTQ
licencia,Licencia de construcción,PERSON|TEL,true,,
"""


@pytest.fixture(scope="module")
def made(shared_app: Any) -> Iterator[dict[str, Any]]:
    with shared_app.flask_app.test_request_context(), removing(INVENTORY, NEXT_YEAR):
        yield make_inventory()


@pytest.fixture
def inventory(request_context: None, made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield made
    act("datastore_delete", resource_id=get_table(made), filters={})


def upload(text: str | bytes, name: str = "servicios.csv", **more: Any) -> Any:
    data = text.encode("utf-8") if isinstance(text, str) else text
    file = FileStorage(io.BytesIO(data), filename=name)
    return act("gtplan_table_upload", **{"id": INVENTORY, "upload": file, **more})


def count(difference: dict[str, Any]) -> tuple[int, int, int, int]:
    names = ("added", "changed", "removed", "unchanged")
    return tuple(difference[name] for name in names)  # type: ignore[return-value]


class TestFiles:
    def test_the_same_file_twice(self, inventory: dict[str, Any]) -> None:
        assert count(upload(CSV)) == (2, 0, 0, 0)
        before = read_rows(inventory)
        history = act("gtplan_table_history", id=INVENTORY)
        assert count(upload(CSV)) == (0, 0, 0, 2)
        assert count(upload(CSV, mode="replace")) == (0, 0, 0, 2)
        assert read_rows(inventory) == before
        assert act("gtplan_table_history", id=INVENTORY) == history

    def test_rows_that_the_file_lacks(self, inventory: dict[str, Any]) -> None:
        upload(CSV)
        text = "service_id,name\nlicencia,Licencia\nnuevo,Nuevo\n"
        merged = upload(text, dry_run=True)
        assert count(merged) == (1, 1, 0, 0)
        (changed, added) = merged["changes"]
        assert (changed["key"], changed["cells"]) == (
            ["licencia"],
            {"name": ["Licencia de construcción", "Licencia"]},
        )
        assert (added["change"], added["cells"]["name"]) == ("added", [None, "Nuevo"])
        assert read_column(inventory, "service_id") == ["partida", "licencia"]
        assert count(upload(text, mode="replace")) == (1, 1, 1, 0)
        rows = {row["service_id"]: row for row in read_rows(inventory)}
        assert set(rows) == {"licencia", "nuevo"}
        # columns that the file lacks stay as they were
        assert rows["licencia"]["channels"] == "PERSON|TEL"

    @pytest.mark.parametrize(
        "records",
        [None, "partida", ["partida"], [{**SERVICE, "nam": "Partida"}]],
        ids=["nothing", "a text", "a list of texts", "another column"],
    )
    def test_what_is_no_list_of_rows_removes_none(
        self, inventory: dict[str, Any], records: Any
    ) -> None:
        upload(CSV)
        sent = {} if records is None else {"records": records}
        with pytest.raises(tk.ValidationError):
            act("gtplan_table_upload", id=INVENTORY, mode="replace", **sent)
        assert read_column(inventory, "service_id") == ["partida", "licencia"]

    def test_a_spreadsheet(self, inventory: dict[str, Any]) -> None:
        book = Workbook()
        sheet = book.active
        sheet.append(["Código del servicio", "Nombre", "Es gratuito"])
        sheet.append(["partida", "Partida", True])
        data = io.BytesIO()
        book.save(data)
        header = [cell.value for cell in sheet[1]]
        try:
            assert count(upload(data.getvalue(), "servicios.xlsx")) == (1, 0, 0, 0)
        except RowsRefused as refusal:
            raise AssertionError(f"{header}: {refusal.sentences}") from refusal

    def test_every_wrong_cell_is_named(self, inventory: dict[str, Any]) -> None:
        upsert(inventory, SERVICE)
        text = "service_id,name,channels,cost_amount\na,A,NADA,1\nb,,PERSON,x\na,Otra,,\n"
        with pytest.raises(RowsRefused) as refusal:
            upload(text)
        found = {(f["row"], f["letter"], f["column"]) for f in refusal.value.findings}
        assert found >= {(2, "C", "channels"), (3, "B", "name"), (3, "D", "cost_amount")}
        assert {(f["row"], f["column"]) for f in refusal.value.findings} >= {(4, "service_id")}
        assert all(sentence.strip() for sentence in refusal.value.sentences)
        assert read_column(inventory, "service_id") == ["partida"]

    def test_what_stays_of_a_row_is_checked_with_it(self, inventory: dict[str, Any]) -> None:
        upsert(inventory, {**SERVICE, "volume_total": 4})
        text = "service_id,name,volume_online\npartida,Partida,5\n"
        with pytest.raises(RowsRefused) as refusal:
            upload(text)
        assert [f["column"] for f in refusal.value.findings] == ["volume_online"]
        assert read_column(inventory, "volume_online") == [None]

    @pytest.mark.parametrize(
        "data, name",
        [(b"", "x.csv"), (b"\xd0\xcf\x11\xe0junkjunk", "x.xls"), (b"PK\x03\x04junk", "x.xlsx")],
    )
    def test_a_file_that_cannot_be_read(
        self, inventory: dict[str, Any], data: bytes, name: str
    ) -> None:
        with pytest.raises(tk.ValidationError) as refusal:
            upload(data, name)
        assert refusal.value.error_dict["upload"][0]

    @pytest.mark.parametrize("data", [{"table": "standards"}, {"id": "no-existe"}])
    def test_a_table_that_is_not_there(
        self, inventory: dict[str, Any], data: dict[str, Any]
    ) -> None:
        with pytest.raises((tk.ValidationError, tk.ObjectNotFound)):
            upload(CSV, **data)

    def test_rows_by_the_api(self, inventory: dict[str, Any]) -> None:
        rows = [SERVICE, {"service_id": "x"}]
        with pytest.raises(RowsRefused) as refusal:
            act("gtplan_table_upload", id=INVENTORY, records=rows)
        assert [(f["row"], f["column"]) for f in refusal.value.findings] == [(2, "name")]
        told = act("gtplan_table_upload", id=INVENTORY, records=rows[:1], mode="replace")
        assert count(told) == (1, 0, 0, 0)


class TestComparison:
    def test_two_years(self, inventory: dict[str, Any]) -> None:
        upload(CSV)
        later = make_inventory(NEXT_YEAR, reference_year=2027)
        upsert(later, {"service_id": "licencia", "name": "Licencia"}, SERVICE)
        upsert(later, {"service_id": "nuevo", "name": "Nuevo"})
        act("datastore_delete", resource_id=get_table(later), filters={"service_id": "partida"})
        told = act("gtplan_table_compare", **{"id": NEXT_YEAR, "with": INVENTORY})
        assert count(told) == (1, 1, 1, 0)
        changes = {change["change"]: change for change in told["changes"]}
        assert changes["added"]["key"] == ["nuevo"]
        assert changes["removed"]["key"] == ["partida"]
        assert changes["changed"]["cells"]["name"] == ["Licencia de construcción", "Licencia"]
        ids = (inventory["id"], later["id"])
        assert len(list(iterate_differences(SERVICES, *ids))) == 3
        assert len(list(iterate_differences(SERVICES, *ids, limit=1, offset=2))) == 1
        same = count_differences(SERVICES, ids[0], ids[0])
        assert (same["unchanged"], same["changed"]) == (2, 0)


@pytest.fixture
def run(cli: Any, command: Any) -> Run:
    return lambda words: cli.invoke(command, words)


class TestCommands:
    def test_a_file_is_loaded(self, inventory: dict[str, Any], run: Run, tmp_path: Path) -> None:
        path = tmp_path / "servicios.csv"
        path.write_text(CSV, "utf-8")
        words = ["gtplan", "table", "load", INVENTORY, str(path)]
        tried = run([*words, "--dry-run"])
        assert tried.exit_code == 0, tried.output
        assert read_rows(inventory) == []
        assert run(words).exit_code == 0
        assert read_column(inventory, "service_id") == ["partida", "licencia"]
        path.write_text("service_id,name\nlicencia,Otra\n", "utf-8")
        assert run([*words, "--replace"]).exit_code == 0
        told = run(["gtplan", "table", "history", INVENTORY, "--key", "licencia"])
        assert "name: Licencia de construcción → Otra" in told.output

    def test_a_wrong_file_writes_nothing(
        self, inventory: dict[str, Any], run: Run, tmp_path: Path
    ) -> None:
        path = tmp_path / "servicios.csv"
        path.write_text("service_id,name\nx,\ny,\n", "utf-8")
        failed = run(["gtplan", "table", "load", INVENTORY, str(path)])
        assert failed.exit_code == 1
        assert failed.output.count("(B)") == 2
        absent = run(["gtplan", "table", "load", INVENTORY, str(tmp_path / "no")])
        assert absent.exit_code == 1
        assert read_rows(inventory) == []

    def test_repair(self, inventory: dict[str, Any], run: Run) -> None:
        upsert(inventory, SERVICE)
        assert INVENTORY not in run(["gtplan", "table", "repair"]).output
        with get_write_engine().begin() as connection:
            connection.execute(sa.text(f'DROP TABLE "{get_table(inventory)}"'))
        assert count_rows(inventory["id"], "services") == 0
        assert INVENTORY in run(["gtplan", "table", "repair"]).output
        upsert(inventory, SERVICE)


_WRITER = """
import sys, time
from ckan.cli import load_config
from ckan.config.middleware import make_app
app = make_app(load_config(sys.argv[1]))
from ckan import model
from ckanext.gtplan.logic.living import writing
from ckanext.gtplan.plan.living import LIVING_TABLES

def stop(*arguments):
    print("written, not committed", flush=True)
    time.sleep(60)

writing.check_links = stop
with app._wsgi_app.test_request_context():
    package = model.Package.get(sys.argv[2])
    rows = [{"service_id": f"s{n}", "name": "X"} for n in range(3000)]
    writing.write_rows({}, {"id": package.id, "type": package.type},
        LIVING_TABLES["services"], rows, mode="replace", origin="api")
"""


class TestKilled:
    def test_a_writer_that_is_killed_leaves_nothing(
        self, inventory: dict[str, Any], request: Any
    ) -> None:
        upsert(inventory, SERVICE)
        before = act("gtplan_table_history", id=INVENTORY)
        ini = request.config.getoption("ckan_ini")
        command = [sys.executable, "-c", _WRITER, ini, INVENTORY]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "written, not committed\n"
            os.kill(process.pid, signal.SIGKILL)
        assert read_column(inventory, "service_id") == ["partida"]
        assert act("gtplan_table_history", id=INVENTORY) == before
        upsert(inventory, {"service_id": "nuevo", "name": "Nuevo"})  # it holds no lock

    def test_one_that_is_killed_when_all_is_written_is_made_good_by_the_same_file(
        self, inventory: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def end(*_: Any) -> None:
            raise SystemExit

        with monkeypatch.context() as patch, pytest.raises(SystemExit):
            patch.setattr(writing, "tell", end)
            act("gtplan_table_upload", id=INVENTORY, records=[SERVICE])
        assert read_column(inventory, "service_id") == ["partida"]
        assert list_indexed(inventory) == {}
        before = show(INVENTORY)["metadata_modified"]
        assert count(act("gtplan_table_upload", id=INVENTORY, records=[SERVICE])) == (0, 0, 0, 1)
        assert list_indexed(inventory) == {"partida": "Partida de nacimiento"}
        assert show(INVENTORY)["metadata_modified"] == before


def list_indexed(inventory: dict[str, Any]) -> dict[str, str]:
    """List the names by which the directory knows the services of an inventory."""
    found = model.Session.query(ServiceEntry).filter_by(package_id=inventory["id"])
    return {entry.service_id: entry.shown["name"] for entry in found.populate_existing()}


def test_the_directory_follows_each_row(inventory: dict[str, Any]) -> None:
    others = [{"service_id": f"s{number}", "name": f"Servicio {number}"} for number in range(3)]
    upsert(inventory, SERVICE, *others)
    row = next(r for r in read_rows(inventory) if r["service_id"] == "s0")
    upsert(inventory, {"_id": row["_id"], "service_id": "otro"})
    upsert(inventory, {"service_id": "s1", "name": "Servicio uno"})
    act("datastore_records_delete", resource_id=get_table(inventory), filters={"service_id": "s2"})
    named = {"partida": "Partida de nacimiento", "otro": "Servicio 0", "s1": "Servicio uno"}
    assert list_indexed(inventory) == named
    for number in (250, 1):  # more than are told one by one, and none of them again
        many = [{"service_id": f"m{n}", "name": f"De {number}"} for n in range(number)]
        act("gtplan_table_upload", id=INVENTORY, records=many)
    assert len(list_indexed(inventory)) == 253
    assert list_indexed(inventory)["m0"] == "De 1"


def test_ckan_searches_a_row_as_if_it_had_written_it(inventory: dict[str, Any]) -> None:
    upload(CSV)
    upload(CSV.replace("15.00", "16.50").replace("Licencia", "Permiso"))
    assert [row["service_id"] for row in read_rows(inventory, q="permiso")] == ["licencia"]
    same = sa.text(
        f"""SELECT bool_and(_full_text = (
            SELECT to_tsvector(string_agg(value, ' ')) FROM json_each_text(row_to_json(t.*))
            WHERE NOT starts_with(key, '_'))) FROM "{get_table(inventory)}" t"""
    )
    with get_write_engine().connect() as connection:
        assert connection.scalar(same) is True


@pytest.mark.long
def test_fifty_thousand_rows_in_bounded_memory(inventory: dict[str, Any]) -> None:
    names = [c.name for c in SERVICES.columns if c.name in ("service_id", "name", "description")]

    def write(number: int) -> bytes:
        text = f"Servicio {number} " + "con una descripción de cierta longitud " * 5
        return f"s{number},Servicio {number},{text}\n".encode()

    data = ",".join(names).encode() + b"\n" + b"".join(map(write, range(50_000)))
    assert len(data) > 10 * 2**20
    told: list[tuple[str, int]] = []

    def tell(step: str, done: int, total: int) -> None:
        told.append((step, done))

    def run() -> Any:
        context = {**site_user(), "gtplan_progress": tell}
        file = FileStorage(io.BytesIO(data), filename="servicios.csv")
        request = {"id": INVENTORY, "upload": file, "mode": "replace"}
        return tk.get_action("gtplan_table_upload")(context, request)

    tracemalloc.start()
    try:
        assert count(run()) == (50_000, 0, 0, 0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # rows are read by the thousand: the whole would take several times the file
    assert peak < 60 * 2**20
    assert {step for step, _ in told} == {"check", "rows", "index"}
    assert [done for step, done in told if step == "rows"][-1] == 50_000
    assert count_rows(inventory["id"], "services") == 50_000
    assert count(run()) == (0, 0, 0, 50_000)
    difference = write_rows(
        site_user(), inventory, SERVICES, [SERVICE], mode="replace", origin="api"
    )
    assert (difference.added, difference.removed) == (1, 50_000)
    assert len(difference.samples) == 200
