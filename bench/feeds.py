"""The feeds beside those of stock ckanext-dcat: ``python bench/feeds.py ckan.ini``, see README.md.

Both are asked over HTTP by the same client, in turn: two gunicorns of one process each on the same
database and the same search, one with the portal's plugins, the other with ckanext-dcat alone.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory

from catalogue import TEMPLATES, name_copy, remove_catalogue, write_catalogue
from ckan import model
from ckan.cli import load_config
from ckan.config.middleware import make_app
from servers import Answer, Server, start_server
from writing import (
    compare_saves,
    follow_writes,
    make_anew,
    make_fragments,
    make_token,
    save,
    serialize_datasets,
)

#: As it is after installation: pages of 100, the profile that it takes when none is named.
STOCK = {"ckan.plugins": "dcat dcat_json_interface"}
#: Our ending, and the stock feed that it is compared with. Stock says no N-Triples: its Turtle,
#: and for data.json its JSON-LD; ``dcat.json`` has no more than six fields of a dataset.
FEEDS = {"nt": "ttl", "ttl": "ttl", "rdf": "rdf", "jsonld": "jsonld", "json": "jsonld"}
AIMS = {"nt": 200, "ttl": 200, "rdf": 100, "jsonld": 100, "json": 100}
PAGE = 100
CHANGED = 5
ROUNDS = 5
MEGABYTE = 1 << 20
#: Starts a server of a module, and ends it.
Start = Callable[[str], AbstractContextManager[Server]]


@dataclass
class Table:
    """What was measured, printed as it comes."""

    below: list[str] = field(default_factory=list)

    def add(self, what: str, ratio: float, aim: str = "", detail: str = "") -> None:
        """Print a row.

        Args:
            what: is compared.
            ratio: what was found.
            aim: ``≥ n`` or ``≤ n``; empty where nothing is promised.
            detail: what it was computed of.
        """
        sign, _, number = aim.partition(" ")
        good = not aim or (ratio >= float(number) if sign == "≥" else ratio <= float(number))
        if not good:
            self.below.append(what)
        print(f"{what:<52} {ratio:10.3f}  {aim:>8} {'' if good else '!':1}  {detail}", flush=True)


def name_feed(ending: str) -> str:
    """Name the address of a whole feed of ours."""
    return "/data.json" if ending == "json" else f"/catalog-full.{ending}"


def ask(server: Server, address: str, encoding: str = "identity") -> Answer:
    """Ask for something that must be there."""
    answer = server.ask(address, {"Accept-Encoding": encoding})
    if answer.status != 200:
        raise SystemExit(f"{address} answered {answer.status}: {answer.body[:500]!r}")
    return answer


def check_feed(ours: Server, datasets: int) -> None:
    """See that the whole feed has each dataset, before its rate is believed."""
    body = ours.ask(name_feed("nt"), is_kept=True).body
    listed = body.count(b"/catalog> <http://www.w3.org/ns/dcat#dataset> ")
    if listed < datasets:
        raise SystemExit(f"the feed has {listed} of {datasets} datasets")


def walk_stock(stock: Server, ending: str, datasets: int, pages: int) -> tuple[float, float]:
    """Walk through some of stock's pages, from the first to the last, at even distances.

    Returns:
        Seconds and bytes for a dataset.
    """
    last = datasets // PAGE
    count = min(pages, last)
    chosen = sorted({1 + round(place * (last - 1) / max(count - 1, 1)) for place in range(count)})
    answers = [ask(stock, f"/catalog.{ending}?page={page}") for page in chosen]
    shown = len(answers) * PAGE
    return sum(one.seconds for one in answers) / shown, sum(one.size for one in answers) / shown


def take_median(make: Callable[[], Answer], rounds: int = ROUNDS) -> Answer:
    """Ask some times, after one that warms up, and take the answer of the median duration."""
    make()
    answers = sorted((make() for _ in range(rounds)), key=lambda one: one.seconds)
    return answers[rounds // 2]


@dataclass(frozen=True)
class Bench:
    """The servers, and how much is asked of stock."""

    ours: Server
    stock: Server
    files: Path
    pages: int
    table: Table

    def compare_feeds(self, datasets: int) -> dict[str, tuple[float, float]]:
        """Compare the whole feeds with stock's pages, and with files of the same bytes.

        Returns:
            By stock's endings, the seconds and bytes of its pages for a dataset.
        """
        check_feed(self.ours, datasets)
        walks: dict[str, tuple[float, float]] = {}
        for ending, other in FEEDS.items():
            walks[other] = walks.get(other) or walk_stock(self.stock, other, datasets, self.pages)
            whole = take_median(partial(ask, self.ours, name_feed(ending)))
            rate, stock = datasets / whole.seconds, 1 / walks[other][0]
            detail = f"{rate:,.0f} to {stock:,.0f} datasets/s, {whole.size / MEGABYTE:.1f} MB"
            self.table.add(
                f"{ending}: whole feed to stock's pages", rate / stock, f"≥ {AIMS[ending]}", detail
            )
            self.compare_file(ending, "identity")
            self.compare_file(ending, "gzip")
        few = take_median(partial(ask, self.stock, "/dcat.json")).seconds
        self.table.add(
            "data.json to stock's dcat.json (six fields)",
            rate / (PAGE / few),
            "",
            f"stock: {PAGE / few:,.0f} datasets/s",
        )
        return walks

    def compare_file(self, ending: str, encoding: str) -> None:
        """Compare a whole feed with a file of the same bytes, in turn."""
        address = name_feed(ending)
        body = self.ours.ask(address, {"Accept-Encoding": encoding}, is_kept=True).body
        (self.files / f"bench.{ending}").write_bytes(body)
        pairs = [
            (ask(self.ours, address, encoding), ask(self.ours, f"/bench.{ending}"))
            for _ in range(ROUNDS)
        ]
        own, sent = (median(one.seconds for one in side) for side in zip(*pairs, strict=True))
        (self.files / f"bench.{ending}").unlink()
        rates = [len(body) / MEGABYTE / seconds for seconds in (own, sent)]
        detail = f"{rates[0]:,.0f} to {rates[1]:,.0f} MB/s ({len(body) / MEGABYTE:.1f} MB)"
        name = "" if encoding == "identity" else f", {encoding}"
        self.table.add(f"{ending}{name}: share of a file's rate", sent / own, "≥ 0.1", detail)

    def compare_latency(self) -> None:
        """Compare the first byte, and the answer to who has it already."""
        one = name_copy(1, 1)
        first = take_median(lambda: ask(self.ours, name_feed("ttl")), 9)
        others = [
            take_median(partial(ask, self.stock, address), 9).first
            for address in (f"/dataset/{one}.ttl", f"/catalog.ttl?fq=name:{one}")
        ]
        self.table.add(
            "first byte to stock's feed of one dataset",
            first.first / min(others),
            "≤ 1",
            f"{first.first * 1000:.1f} to {min(others) * 1000:.1f} ms",
        )
        known = {"If-None-Match": first.headers["etag"], "Accept-Encoding": "identity"}
        page = take_median(lambda: ask(self.stock, "/catalog.ttl"), 3).seconds
        answer = take_median(lambda: self.ours.ask(name_feed("ttl"), known), 15)
        assert answer.status == 304, answer
        self.table.add(
            "304 to stock's first page",
            answer.seconds / page,
            "≤ 0.05",
            f"{answer.seconds * 1000:.1f} to {page * 1000:.0f} ms",
        )

    def compare_catching_up(self, walk: tuple[float, float], datasets: int, token: str) -> None:
        """Compare what a harvester pays for some changes with a walk through stock's pages.

        It knows from its last whole feed where the changes that it has not seen begin.
        """
        link = ask(self.ours, name_feed("nt")).headers["link"]
        address = next(part for part in link.split(",") if "EventStream" in part)
        address = address[address.index("<") + 1 : address.index(">")]
        for number in range(1, CHANGED + 1):
            save(self.ours, name_copy(number % TEMPLATES, number), token)
        start, answers = time.perf_counter(), [self.ours.ask(address, is_kept=True)]
        members = json.loads(answers[0].body)["member"]
        for member in members:
            document = member["@graph"]["document"]["id"]
            answers.append(ask(self.ours, document))
        seconds, size = time.perf_counter() - start, sum(one.size for one in answers)
        assert len(members) == CHANGED, answers[0].body
        whole = walk[0] * datasets, walk[1] * datasets
        what = f"{CHANGED} changes to stock's pages"
        detail = f"{seconds * 1000:.0f} ms to {whole[0]:.0f} s"
        self.table.add(f"{what}: time", seconds / whole[0], "≤ 0.01", detail)
        detail = f"{size / 1024:.0f} kB to {whole[1] / MEGABYTE:.1f} MB"
        self.table.add(f"{what}: bytes", size / whole[1], "≤ 0.01", detail)

    def measure_growth(self, datasets: int) -> dict[str, float]:
        """Measure how large the web server's process grows while it sends whole feeds.

        Returns:
            By ending, the seconds for a dataset.
        """
        taken = {}
        for ending in ("nt", "ttl"):
            take_median(partial(ask, self.ours, name_feed(ending)), 1)
            self.ours.forget_peak()
            before = self.ours.measure_memory("VmRSS")
            answer = take_median(partial(ask, self.ours, name_feed(ending)))
            grown = (self.ours.measure_memory() - before) / MEGABYTE
            what = f"{ending}: MB that a process grows at {datasets:,}"
            self.table.add(what, grown, "≤ 32", f"from {before / MEGABYTE:.0f} MB")
            taken[ending] = answer.seconds / datasets
        return taken


def compare_making(table: Table, datasets: int) -> None:
    """Compare what it takes to make a fragment in every syntax with stock's Turtle alone."""
    before = serialize_datasets(200)
    made, anew = make_fragments(500), make_anew() / datasets
    # on both sides of it: processors change their pace
    alone, whole = (mean(pair) for pair in zip(before, serialize_datasets(200), strict=True))
    for what, ours, stock, aim in (
        ("to a fragment", made, alone, "≥ 3"),
        ("to a rebuild", anew, alone, "≥ 3"),
        ("with its serializer to a rebuild", anew, whole, ""),
    ):
        detail = f"{stock * 1000:.2f} to {ours * 1000:.2f} ms"
        table.add(f"stock's serialize_dataset {what}", stock / ours, aim, detail)


def measure_saves(table: Table, start: Start, token: str) -> None:
    """Compare saves with and without the feeds, of two servers that have done nothing before."""
    with start("stack.wsgi") as ours, start("bare") as bare:
        with_feeds, without = compare_saves(ours, bare, token)
    detail = f"{with_feeds * 1000:.1f} to {without * 1000:.1f} ms, medians"
    table.add("a save with the feeds to one without", with_feeds / without, "≤ 1.1", detail)


def measure(bench: Bench, start: Start, sizes: list[int]) -> None:
    """Write catalogues one larger than the other, and measure at each size.

    Args:
        bench: the servers.
        start: starts another server, of a module.
        sizes: of the catalogues; the second is compared with stock, the last with the first.
    """
    taken: dict[int, dict[str, float]] = {}
    for place, size in enumerate(sizes):
        write_catalogue(size)
        print(f"{size:,} datasets: followed in {follow_writes():.1f} s", flush=True)
        taken[size] = bench.measure_growth(size)
        if place == min(1, len(sizes) - 1):
            compare_making(bench.table, size)
            token = make_token()
            walks = bench.compare_feeds(size)
            bench.compare_latency()
            bench.compare_catching_up(walks["ttl"], size, token)
            measure_saves(bench.table, start, token)
        model.Session.remove()
    small, large = sizes[0], sizes[-1]
    for ending, seconds in taken[large].items():
        first = taken[small][ending]
        detail = f"{seconds * 1e6:.0f} to {first * 1e6:.0f} µs"
        what = f"{ending}: time of a dataset of {large:,} to one of {small:,}"
        bench.table.add(what, seconds / first, "≤ 1.2", detail)


def main() -> None:
    """Measure, and print a table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ini", type=Path)
    parser.add_argument("--datasets", type=int, nargs="+", default=[1_000, 10_000, 50_000])
    parser.add_argument("--pages", type=int, default=20, help="of stock, in each syntax")
    parser.add_argument("--keep", action="store_true", help="the catalogue")
    given = parser.parse_args()
    table = Table()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        (files := folder / "files").mkdir()
        # the context is the last to end: the catalogue is removed when the servers are gone
        stack.enter_context(make_app(load_config(str(given.ini))).test_request_context())
        if not given.keep:
            stack.callback(remove_catalogue)
        own = {"extra_public_paths": str(files), "testing": "false"}
        ours = stack.enter_context(start_server(given.ini, own, folder))
        stock = stack.enter_context(start_server(given.ini, {**own, **STOCK}, folder))
        bench = Bench(ours, stock, files, given.pages, table)
        measure(bench, partial(start_server, given.ini, own, folder), sorted(given.datasets))
    print(f"below its aim: {', '.join(table.below) or 'nothing'}")


if __name__ == "__main__":
    main()
