"""What writer and reader share: names of terms, and which nodes are parts of a thing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from rdflib import Literal, URIRef
from rdflib.term import Node as Term

from ckanext.gtplan.prm.builder import fragment
from ckanext.gtplan.prm.profile import Labels, load
from ckanext.gtplan.prm.values import Unsayable, read_iri

from .table import load_table

# The two namespaces that every portal with this extension serves itself.
OWN = ("prm", "gtp")
_OWN_TERM = re.compile(rf"^https?://[^#?]+/ns/({'|'.join(OWN)})#([\w-]*)$")


@dataclass(frozen=True, kw_only=True)
class OwnTerm:
    """A term of one of the two vocabularies.

    Args:
        curie: its prefixed name.
        type: prefixed name of its class.
        label: its name in each language.
        definition: what it means.
        broader: the property or class of which it is a kind.
        code: what data.json says for it, of a code list.
        domain: the class of what has the property.
        range: the class of its values.
        scheme: the concept scheme that the concept is in.
    """

    curie: str
    type: str
    label: Labels
    definition: Labels
    broader: str | None = None
    code: str | None = None
    domain: str | None = None
    range: str | None = None
    scheme: str | None = None

    @property
    def name(self) -> str:
        """Give the name without the prefix, which is the anchor on the page too."""
        return self.curie.partition(":")[2]


def iri(text: str) -> URIRef:
    """Make an IRI, or refuse: one bad IRI would spoil a whole feed.

    Raises:
        ValueError: the text is no IRI.
    """
    try:
        return URIRef(read_iri(text))
    except Unsayable as error:
        raise ValueError(f"not an IRI: {text!r}") from error


def namespaces(base: str) -> dict[str, str]:
    """List the namespaces by prefix, with the two that the portal itself serves.

    Args:
        base: public address of the portal.
    """
    own = {name: f"{base.rstrip('/')}/ns/{name}#" for name in OWN}
    return {**load()["namespaces"], **load_table()["namespaces"], **own}


class Names:
    """Prefixed names of the table as IRIs, and back.

    Args:
        base: public address of the portal, for the namespaces `prm:` and `gtp:`.
    """

    def __init__(self, base: str) -> None:
        self.namespaces: Mapping[str, str] = namespaces(base)
        self._known: dict[str, URIRef] = {}

    def expand(self, curie: str) -> URIRef:
        """Make an IRI of a prefixed name of the table."""
        if curie not in self._known:
            prefix, _, local = curie.partition(":")
            self._known[curie] = iri(self.namespaces[prefix] + local)
        return self._known[curie]

    def compact(self, term: str) -> str:
        """Shorten an IRI to a prefixed name, if its namespace is one of the table's."""
        found = [
            (len(namespace), f"{prefix}:{term[len(namespace) :]}")
            for prefix, namespace in self.namespaces.items()
            if term.startswith(namespace)
        ]
        return max(found)[1] if found else str(term)

    def localize(self, term: Term) -> Term:
        """Rename a term of any portal's `prm:` or `gtp:` to that of this portal."""
        match = _OWN_TERM.match(term) if isinstance(term, URIRef) else None
        return URIRef(self.namespaces[match[1]] + match[2]) if match else term

    @cached_property
    def alternatives(self) -> Mapping[URIRef, tuple[URIRef, ...]]:
        """List the predicates that others use for the same, by that of the table."""
        return {
            self.expand(name): tuple(self.expand(other) for other in others)
            for name, others in load()["alternatives"].items()
        }


def is_part(node: Term, subject: str) -> bool:
    """Tell whether a node has no identity of its own: blank, or named as a part of the subject."""
    return not isinstance(node, URIRef) or node.startswith(fragment(subject, ""))


def show(term: Term) -> str:
    """Write a term as people read it; one that no syntax can hold, too."""
    if isinstance(term, Literal):
        return repr(str(term))
    return f"<{term}>" if isinstance(term, URIRef) else "[]"
