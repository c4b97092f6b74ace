"""Solr: its home with the cores, its start, and whether it answers."""

from __future__ import annotations

import secrets
import shutil
import urllib.error
import urllib.request
from pathlib import Path

from stack.console import StackError
from stack.packages import SOLR_FILES, hash_files
from stack.ports import check_port
from stack.processes import Daemon, service_environment
from stack.settings import HOST, Settings
from stack.solr_schema import SchemaError, adapt_schema

TEST_CORES = ("ckan_test_1", "ckan_test_2")
CORES = ("ckan", *TEST_CORES)
#: The tests' cores are kept in memory: nothing of them is worth waiting for a disk.
TEST_PROPERTIES = """\
gtplan.index.directory=solr.ByteBuffersDirectoryFactory
gtplan.index.lock=single
gtplan.index.log=false
"""
NAMED_LISTS = ("synonyms.txt", "protwords.txt", "stopwords.txt")
MEMORY = "512m"


class Solr:
    """The search server in the state folder."""

    label = "Solr"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder = settings.state / "solr"
        self.daemon = Daemon("solr", settings.state)

    @property
    def port(self) -> int:
        """The port of the running server, or the one it would be given."""
        return int(self.daemon.facts().get("port", self.settings.ports["solr"]))

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}/solr"

    def url(self, port: int, core: str) -> str:
        """Give the address of one of its cores."""
        return f"http://{HOST}:{port}/solr/{core}"

    def is_ready(self) -> bool:
        """Tell whether every core answers a query."""
        return self.daemon.find() is not None and all(
            answers(f"{self.address}/{core}/select?q=*:*&rows=0") for core in CORES
        )

    def write_home(self) -> str:
        """Write the home folder as today's files and today's CKAN say.

        Returns:
            The mark of what was written; it changes when the cores need a restart.
        """
        schema = self._make_schema()
        conf_files = [SOLR_FILES / "solrconfig.xml"]
        home = self.folder / "home"
        for core in CORES:
            conf = home / core / "conf"
            conf.mkdir(parents=True, exist_ok=True)
            for file in conf_files:
                shutil.copyfile(file, conf / file.name)
            for name in NAMED_LISTS:
                (conf / name).touch()
            (conf / "schema.xml").write_text(schema, "utf-8")
            more = TEST_PROPERTIES if core in TEST_CORES else ""
            (home / core / "core.properties").write_text(f"name={core}\n{more}", "ascii")
        shutil.copyfile(SOLR_FILES / "solr.xml", home / "solr.xml")
        if not (home / "mark").exists():
            (home / "mark").write_text(secrets.token_hex(8), "ascii")
        shutil.copytree(SOLR_FILES / "webapp", self.folder / "webapp", dirs_exist_ok=True)
        files = [*conf_files, SOLR_FILES / "jetty.xml", SOLR_FILES / "pom.xml"]
        return hash_files(files, schema, TEST_PROPERTIES, str(self.settings.ports["solr"]))

    def mark(self) -> str:
        """Make the mark of schema and index, which changes when the index has to be rebuilt."""
        birth = self.folder / "home" / "mark"
        return hash_files([birth] if birth.exists() else [], self._make_schema())

    def _make_schema(self) -> str:
        found = sorted(self.settings.venv.glob("lib/python3.*/site-packages/ckan/config/solr"))
        try:
            return adapt_schema((found[0] / "schema.xml").read_text("utf-8"))
        except (IndexError, OSError, SchemaError) as error:
            raise StackError(
                self.label,
                f"CKAN's schema can't be used: {error}",
                next_step="check that the CKAN of stack/requirements.txt is installed",
            ) from error

    def start(self) -> None:
        """Start it, unless it runs as it should."""
        mark = self.write_home()
        if self.daemon.facts().get("mark") == mark and self.is_ready():
            return
        self.daemon.stop()
        port = self.settings.ports["solr"]
        check_port(self.label, port, "solr_port")
        properties = {
            "solr.solr.home": self.folder / "home",
            "solr.install.dir": self.folder,
            "solr.log.dir": self.settings.logs,
            "gtplan.solr.port": port,
            "gtplan.solr.webapp": self.folder / "webapp",
            "java.io.tmpdir": self._make_temporary_folder(),
            "java.awt.headless": "true",
        }
        defined = [f"-D{name}={value}" for name, value in properties.items()]
        classes = ["-cp", f"{self.folder / 'lib'}/*"]
        main = ["org.eclipse.jetty.xml.XmlConfiguration", str(SOLR_FILES / "jetty.xml")]
        self.daemon.start(
            ["java", f"-Xmx{MEMORY}", *defined, *classes, *main],
            service_environment(),
            facts={"port": str(port), "mark": mark},
            folder=self.folder,
        )
        self.daemon.wait(self.is_ready, 120, "read the log, then run ./portal up again")

    def _make_temporary_folder(self) -> Path:
        folder = self.folder / "tmp"
        folder.mkdir(exist_ok=True)
        return folder

    def stop(self) -> bool:
        """Stop it."""
        return self.daemon.stop()


def answers(url: str, seconds: float = 5) -> bool:
    """Tell whether an address answers 200."""
    # An empty handler: a proxy of the environment is not for this machine's own servers.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=seconds) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def empty_core(url: str) -> None:
    """Take every document out of a core."""
    request = urllib.request.Request(
        f"{url}/update?commit=true",
        data=b"<delete><query>*:*</query></delete>",
        headers={"Content-Type": "text/xml"},
    )
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30).close()
