"""A spreadsheet is downloaded, and sent back filled in, on a page of its own."""

from __future__ import annotations

import io
from typing import Any

import pytest
from following import make_milestone, make_plan
from reading import Page, visit
from report_pages import get, reports, token
from sheets import fill, locate

pytestmark = pytest.mark.usefixtures("request_context")


@pytest.fixture
def milestone(request_context: None) -> str:
    make_plan()
    return make_milestone()


def upload(app: Any, user: str, record: str, data: bytes, **more: str) -> Page:
    values = {"content": (io.BytesIO(data), "reporte.xlsx"), **more}
    path = f"/reports/{record}/spreadsheet"
    return Page(visit(app, "post", path, token(user), data=values, status=200).body)


def download(app: Any, user: str, record: str) -> bytes:
    answer = visit(app, "get", f"/reports/{record}/template.xlsx", token(user), status=200)
    assert answer.headers["Content-Disposition"].endswith('.xlsx"')
    return bytes(answer.data)


def test_a_spreadsheet_goes_out_and_comes_back(app: Any, milestone: str) -> None:
    assert "template.xlsx" in get(app, "editora-mineco", f"/reports/{milestone}/spreadsheet")
    data = fill(download(app, "editora-mineco", milestone), {("01", "status"): "Finalizada"})
    tried = upload(app, "editora-mineco", milestone, data, dry_run="1")
    assert "Todavía no se reportó nada" in tried.text and not reports(milestone)
    done = upload(app, "editora-mineco", milestone, data)
    assert "reportes: 1" in done.text
    assert locate(data, "01", "actual_end") in done.text  # a warning, at its cell
    assert [made.status for made in reports(milestone)] == ["completed"]
    assert (
        "reportes: 0, filas dejadas como estaban: 1"
        in upload(app, "editora-mineco", milestone, data).text
    )


def test_what_is_wrong_in_a_spreadsheet_is_shown(app: Any, milestone: str) -> None:
    data = fill(
        download(app, "editora-mineco", milestone),
        {("01", "status"): "<b>Casi</b>", ("01", "actual_end"): "03/2020"},
    )
    page = upload(app, "editora-mineco", milestone, data)
    for column in ("status", "actual_end"):
        assert f"{locate(data, '01', column)}: " in page.text
    assert "<b>Casi" not in page.html
    assert not reports(milestone)
    assert "no es un archivo .xlsx" in upload(app, "editora-mineco", milestone, b"a;b").text
    empty = visit(
        app, "post", f"/reports/{milestone}/spreadsheet", token("editora-mineco"), data={}
    )
    assert "Elija el archivo" in empty.body


def test_a_file_that_is_too_large_is_not_read(app: Any, milestone: str) -> None:
    values = {"content": (io.BytesIO(bytes(7 * 2**20)), "reporte.xlsx")}
    path = f"/reports/{milestone}/spreadsheet"
    visit(app, "post", path, token("editora-mineco"), data=values, status=413)


def test_an_institution_has_a_page_for_all_its_rows(app: Any, milestone: str) -> None:
    rows = [{"activity_no": "01", "name": "Ajena", "responsibles": "ajena"}]
    visible, hidden = (make_milestone(activities=rows, private=private) for private in (0, 1))
    data = download(app, "editora-ajena", "ajena")
    data = fill(data, {(f"{visible}|01", "status"): "En ejecución"})
    with pytest.raises(LookupError):
        locate(data, f"{hidden}|01", "status")
    upload(app, "editora-ajena", "ajena", data)
    assert [made.status for made in reports(visible)] == ["in_progress"]
