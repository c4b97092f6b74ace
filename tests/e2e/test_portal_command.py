"""``./portal`` as a newcomer meets it: a fresh copy, one command, the feeds, a backup, the end.

The tests stand in the order in which they run on one installation.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from installation import OPENER, Installation
from openpyxl import load_workbook
from rdflib import Graph
from rdflib.namespace import DCAT, RDF

from stack.ports import is_free, is_listening, read_table
from stack.processes import Daemon

ROOT = Path(__file__).resolve().parents[2]
SERVERS = ("postgresql", "redis", "solr", "web", "worker")
RDF_FEEDS = {"/catalog.ttl": "turtle", "/catalog.xml": "xml", "/catalog.jsonld": "json-ld"}
def test_a_taken_port_is_named_before_anything_is_begun(portal: Installation) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(portal.ports["port"])],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as holder:
        while not is_listening(portal.ports["port"]):
            time.sleep(0.05)
        written = portal.up(status=1)
        holder.terminate()
    assert f"port {portal.ports['port']} on 127.0.0.1 is taken" in written
    assert f"process {holder.pid}" in written and "--port" in written


def test_an_interrupted_run_is_repeated(portal: Installation) -> None:
    command = [str(portal.folder / "portal"), "--state", str(portal.state), "up"]
    options = [f"--{name}={port}" for name, port in portal.ports.items()]
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.DEVNULL, start_new_session=True
    ) as first:
        while not (portal.state / "venv" / "place").exists():
            assert first.poll() is None
            time.sleep(0.1)
        os.killpg(first.pid, signal.SIGKILL)
    assert portal.run("status", status=1).stdout


def test_up_prints_the_addresses_and_the_password_once(
    running: Installation, first_words: str
) -> None:
    password = (running.state / "admin-password").read_text().strip()
    assert running.url in first_words
    assert "/catalog.ttl" in first_words and "/data.json" in first_words
    assert first_words.count(password) == 1
    assert (running.state / "admin-password").stat().st_mode & 0o777 == 0o600


def test_the_administrator_can_log_in(running: Installation) -> None:
    page = running.get("/user/login").decode()
    token = re.search(r'name="_csrf_token"[^>]*(?:value|content)="([^"]+)"', page)
    assert token is not None
    password = (running.state / "admin-password").read_text().strip()
    form = {"login": "admin", "password": password, "_csrf_token": token[1]}
    request = urllib.request.Request(
        f"{running.url}/user/login",
        data=urllib.parse.urlencode(form).encode(),
        headers={"Referer": f"{running.url}/user/login"},
    )
    OPENER.open(request, timeout=60).close()
    assert b"/user/_logout" in running.get("/about")


def test_servers_listen_on_the_loopback_interface_only(running: Installation) -> None:
    ports = {f"{port:04X}" for port in running.ports.values()}
    listening = [
        line.split()[1].split(":")
        for table in ("tcp", "tcp6")
        for line in read_table(Path("/proc/net") / table)
        if line.split()[3] == "0A"
    ]
    ours = [address for address, port in listening if port in ports]
    # 127.0.0.1, and the same as IPv6 writes it (Java's way).
    loopback = ("0100007F", "0000000000000000FFFF00000100007F")
    assert len(ours) == 4 and set(ours) <= set(loopback)


def test_up_again_does_nothing(running: Installation) -> None:
    before = {name: Daemon(name, running.state).find() for name in SERVERS}
    written = running.up()
    assert not re.search("installing|running the migrations|starting|loading", written)
    assert {name: Daemon(name, running.state).find() for name in SERVERS} == before
    assert (running.state / "admin-password").read_text().strip() not in written
    running.run("status")


def test_the_example_is_found(running: Installation) -> None:
    assert running.act("package_search", fq="dataset_type:commitment", rows=0)["count"] == 109
    assert running.act("package_search", q="datos abiertos", rows=0)["count"] > 0
    found = [
        running.act("package_search", q=words, fq="dataset_type:commitment", rows=0)["count"]
        for words in ("información", "informacion", "INFORMACIONES")
    ]
    assert found[0] > 0 and len(set(found)) == 1


def test_the_feeds_hold_the_same_datasets(running: Installation) -> None:
    published = json.loads(running.get("/data.json"))["dataset"]
    titles = {dataset["title"] for dataset in published}
    count = running.act("package_search", fq="dataset_type:dataset", rows=0)["count"]
    assert len(published) == count > 0
    for path, syntax in RDF_FEEDS.items():
        graph = Graph().parse(data=running.get(path), format=syntax)
        datasets = set(graph.subjects(RDF.type, DCAT.Dataset))
        assert len(datasets) == count, path
        downloads = {str(value) for value in graph.objects(None, DCAT.downloadURL)}
        assert downloads == running.downloads().keys(), path
    assert len(titles) > 1


def test_every_download_can_be_opened(running: Installation) -> None:
    seen = set()
    for url, media_type in running.downloads().items():
        data = running.get(url)
        seen.add(media_type)
        if media_type == "text/csv":
            rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
            assert len(rows) > 1, url
            assert {len(row) for row in rows} == {len(rows[0])}, url
        elif media_type == "application/json":
            assert json.loads(data)["result"]["records"], url
        elif media_type == "text/turtle":
            assert Graph().parse(data=data, format="turtle"), url
        else:
            assert load_workbook(io.BytesIO(data)).active.max_row > 1, url
    assert len(seen) == 4


def test_a_backup_brings_everything_back(running: Installation, tmp_path: Path) -> None:
    before = running.contents()
    archive = tmp_path / "backup.tar.gz"
    running.run("backup", str(archive))
    running.run("ckan", "gtplan", "unload", "example")
    assert running.records() == {}
    damaged = tmp_path / "damaged.tar.gz"
    damaged.write_bytes(archive.read_bytes()[:-1000])
    running.run("restore", str(damaged), "--yes", status=1)
    running.run("restore", str(archive), status=1)
    assert running.records() == {}
    running.run("restore", str(archive), "--yes")
    assert running.contents() == before


def test_after_a_power_cut_it_starts_again(running: Installation) -> None:
    before = running.records()
    killed = []
    for name in SERVERS:
        identity = Daemon(name, running.state).find()
        assert identity is not None
        os.kill(identity.pid, signal.SIGKILL)
        killed.append(identity)
    wait_until_free(running)
    running.run("status", status=1)
    running.up()
    running.run("status")
    assert running.records() == before
    assert not any(Daemon(name, running.state).find() in killed for name in SERVERS)


def test_down_stops_everything_and_up_has_the_data(running: Installation) -> None:
    before = running.records()
    running.run("down")
    assert all(is_free(port) for port in running.ports.values())
    running.run("status", status=1)
    running.run("down")
    running.up()
    assert running.records() == before


def test_logs_and_command_line(running: Installation) -> None:
    assert "gunicorn" in running.run("logs", "web").stdout
    assert "choose of" in running.run("logs", "nothing", status=1).stdout
    assert "admin" in running.run("ckan", "user", "list").stdout


def wait_until_free(running: Installation) -> None:
    """Wait until the kernel and the killed servers' children have let go of the ports."""
    end = time.monotonic() + 20
    while not all(is_free(port) for port in running.ports.values()):
        assert time.monotonic() < end
        time.sleep(0.1)
