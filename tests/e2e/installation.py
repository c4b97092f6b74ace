"""A copy of the project with servers of its own, as a newcomer makes it."""

from __future__ import annotations

import http.cookiejar
import json
import shutil
import subprocess
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stack.ports import find_free_port

ROOT = Path(__file__).resolve().parents[2]
OPENER = urllib.request.build_opener(
    urllib.request.ProxyHandler({}),
    urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
)


@dataclass
class Installation:
    """A copy of the project with a state folder and ports of its own."""

    folder: Path
    state: Path
    ports: dict[str, int] = field(
        default_factory=lambda: {
            name: find_free_port() for name in ("port", "postgres-port", "redis-port", "solr-port")
        }
    )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['port']}"

    def run(
        self, *arguments: str, status: int = 0, seconds: float = 1200
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(self.folder / "portal"), "--state", str(self.state), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done

    def up(self, status: int = 0) -> str:
        options = [f"--{name}={port}" for name, port in self.ports.items()]
        return self.run("up", *options, status=status).stdout

    def get(self, path: str) -> bytes:
        url = path if path.startswith("http") else self.url + path
        with OPENER.open(url, timeout=60) as answer:
            return bytes(answer.read())

    def act(self, action: str, **parameters: Any) -> Any:
        query = urllib.parse.urlencode(parameters)
        return json.loads(self.get(f"/api/3/action/{action}?{query}"))["result"]

    def records(self) -> dict[str, str]:
        """Every record's name, with its last change."""
        found = self.act("package_search", fq="dataset_type:*", rows=1000)["results"]
        return {item["name"]: item["metadata_modified"] for item in found}

    def downloads(self) -> dict[str, str]:
        """The media type of each download of the catalogue, by its address."""
        datasets = json.loads(self.get("/data.json"))["dataset"]
        return {
            distribution["downloadURL"]: distribution["mediaType"]
            for dataset in datasets
            for distribution in dataset["distribution"]
        }

    def contents(self) -> tuple[dict[str, str], dict[str, bytes], list[bytes]]:
        """What a backup has to bring back: records, files, tables."""
        files = {url: self.get(url) for url in self.downloads()}
        found = self.act("package_search", fq="dataset_type:*", rows=1000)["results"]
        tables = [
            self.get(f"/datastore/dump/{resource['id']}")
            for package in sorted(found, key=lambda package: package["name"])
            for resource in package.get("resources", ())
            if resource.get("datastore_active")
        ]
        assert tables
        return self.records(), files, tables


def copy_project(target: Path) -> None:
    """Copy what a clone would have: what git knows or would take in."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name, follow_symlinks=False)
