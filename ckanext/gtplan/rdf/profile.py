"""The adapter to ckanext-dcat: profile ``prm`` for its serializers and harvesters."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any

from ckanext.dcat.processors import RDFSerializer
from ckanext.dcat.profiles import RDFProfile
from ckanext.dcat.utils import catalog_uri
from rdflib import RDF, BNode, Graph, URIRef
from rdflib.namespace import DCAT
from rdflib.term import Node as Term

from ckanext.gtplan.config import get_base_uri, get_main_language
from ckanext.gtplan.prm.package import to_package
from ckanext.gtplan.prm.profile import rows
from ckanext.gtplan.prm.record import Record

from . import portal, reception
from .feed import add_safely
from .graph import Writer
from .reader import read_dataset
from .statements import IsFirst

# Where a package carries the problems of its record, for the harvester's hooks.
PROBLEMS = "gtplan_problems"


# Where a package carries its record, for who has made it already, and what decides of agents.
_KNOWN = "gtplan_record"


def write_chain(
    names: Sequence[str],
    package: Mapping[str, Any],
    record: Record,
    is_first: IsFirst,
) -> Graph:
    """Write a dataset by profiles of ckanext-dcat, one after the other in one graph.

    Args:
        names: of the profiles, as ckanext-dcat knows them.
        package: the dataset as ``package_show`` gives it.
        record: what our own profile says of it, if it is among them.
        is_first: decides of agents, as in ``rdf.statements``.

    Returns:
        The statements of them all; blank nodes may be among them.

    Raises:
        Exception: whatever a profile makes of what it does not expect.
    """
    # ckanext-dcat remembers organizations for as long as the process lives
    RDFProfile._org_cache.clear()
    serializer = copy.copy(_find_profiles(tuple(names)))
    serializer.g = Graph()
    given = {**copy.deepcopy(dict(package)), "uri": record.iri, _KNOWN: (record, is_first)}
    serializer.graph_from_dataset(given)
    graph: Graph = serializer.g
    return graph


@cache
def _find_profiles(names: tuple[str, ...]) -> RDFSerializer:
    # ckanext-dcat looks through all that is installed for them
    return RDFSerializer(profiles=list(names))


class PRMProfile(RDFProfile):  # type: ignore[misc]
    """The Perfil Regional de Metadatos, alone or after another profile such as euro_dcat_ap_3.

    What the table has a path for is said by the table: statements of an
    earlier profile with the same predicates are taken back, others stay.
    """

    g: Graph

    def parse_dataset(self, dataset_dict: dict[str, Any], dataset_ref: Term) -> dict[str, Any]:
        """Read a dataset into a package for CKAN, alone or over what an earlier profile read.

        Args:
            dataset_dict: the package so far; changed in place.
            dataset_ref: the dataset's node.

        Returns:
            The package, without ``name``, with ``uri`` for it and each of its resources. What
            could not be kept is listed under `PROBLEMS`, if there is any, as mappings with
            ``iri``, ``field``, ``value`` and ``why`` (a key of REASONS); whoever hands the
            package on to CKAN takes that out.
        """
        record = read_dataset(self.g, dataset_ref, get_base_uri())
        links = portal.find_links(record)
        package = to_package(record, get_main_language(), links)
        fitted, unfit = reception.fit(package, self._dataset_schema)
        reception.merge(dataset_dict, fitted, self._dataset_schema)
        # ckanext-dcat's harvester takes these for granted
        dataset_dict.setdefault("title", record.iri)
        for key in ("tags", "resources", "extras"):
            dataset_dict.setdefault(key, [])
        if problems := [asdict(problem) for problem in (*record.problems, *unfit)]:
            dataset_dict[PROBLEMS] = problems
        return dataset_dict

    def graph_from_dataset(self, dataset_dict: dict[str, Any], dataset_ref: URIRef) -> None:
        """Add a dataset to the graph.

        Args:
            dataset_dict: the dataset as ``package_show`` gives it.
            dataset_ref: the IRI that ckanext-dcat made for it.
        """
        record, is_first = dataset_dict.get(_KNOWN) or (None, None)
        if record is None:
            record = portal.Directory().record(dataset_dict, iri=str(dataset_ref))
        replaced: set[Term] = set()
        for distribution in list(self.g.objects(dataset_ref, DCAT.distribution)):
            replaced |= self._take_back("distribution", distribution)
        replaced |= self._take_back("dataset", dataset_ref)
        writer = Writer(get_base_uri(), self.g, is_first)
        add_safely(writer, record)
        self._drop_unused(replaced)
        catalog = URIRef(catalog_uri())
        if (catalog, RDF.type, DCAT.Catalog) in self.g:
            writer.list_in(catalog, dataset_ref)

    def graph_from_catalog(self, catalog_dict: dict[str, Any] | None, catalog_ref: URIRef) -> None:
        """Add the catalogue to the graph.

        Args:
            catalog_dict: fields that go before the portal's options.
            catalog_ref: the IRI that ckanext-dcat made for it.
        """
        record = portal.catalog(catalog_dict, iri=str(catalog_ref))
        replaced = self._take_back("catalog", catalog_ref)
        Writer(get_base_uri(), self.g).add(record)
        self._drop_unused(replaced)

    def _take_back(self, kind: str, subject: Term) -> set[Term]:
        """Remove an earlier profile's statements for what the table has a path for.

        Args:
            kind: a class of the profile.
            subject: the node of that class.

        Returns:
            The nodes to which the statements led.
        """
        expand = Writer(get_base_uri(), Graph()).expand
        found: set[Term] = set()
        for row in rows(kind):
            first, *rest = row.steps
            if first.inverse or row.key == "dataset":
                continue
            nodes = set(self.g.objects(subject, expand(first.predicate)))
            for node in nodes if rest else ():
                self.g.remove((node, expand(rest[0].predicate), None))
            found |= nodes
        for row in rows(kind):
            if not row.steps[0].inverse and row.key != "dataset":
                self.g.remove((subject, expand(row.steps[0].predicate), None))
        return found

    def _drop_unused(self, nodes: Iterable[Term]) -> None:
        """Remove all that is said of nodes to which nothing leads any more."""
        for node in nodes:
            if (None, None, node) in self.g:
                continue
            found = {term for term in self.g.objects(node) if isinstance(term, BNode)}
            self.g.remove((node, None, None))
            self._drop_unused(found)
