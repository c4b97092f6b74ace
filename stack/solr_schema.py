"""Make CKAN's Solr schema serve people who search in Spanish."""

from __future__ import annotations

from xml.etree import ElementTree

STEMMER = "solr.SnowballPorterFilterFactory"
FOLDING = "solr.ASCIIFoldingFilterFactory"

# Accents go first, so that "informacion" is "información". The plural stemmer makes "datos"
# "dato", a word too short for the light stemmer, which then takes the gender ("abierta",
# "abierto"). Both take "índices" for the plural of a word in z, as "luces" is: z and c end alike.
SPANISH = (
    {"class": FOLDING},
    {"class": "solr.SpanishPluralStemFilterFactory"},
    {"class": "solr.SpanishLightStemFilterFactory"},
    {"class": "solr.PatternReplaceFilterFactory", "pattern": "z$", "replacement": "c"},
)


class SchemaError(ValueError):
    """CKAN's schema is not as this module knows it."""


def adapt_schema(schema: str) -> str:
    """Exchange the English analysis of the ``text`` type for a Spanish one.

    Args:
        schema: the schema.xml of the installed CKAN.

    Returns:
        The same schema, still of the same name, which CKAN checks at its start.

    Raises:
        SchemaError: there is no ``text`` type with a stemmer in both of its analyzers.
    """
    root = ElementTree.fromstring(schema)
    analyzers = root.findall("./types/fieldType[@name='text']/analyzer")
    if len(analyzers) != 2:
        raise SchemaError("no fieldType 'text' with two analyzers")
    for analyzer in analyzers:
        filters = analyzer.findall("filter")
        stemmers = [item for item in filters if item.get("class") == STEMMER]
        if len(stemmers) != 1:
            raise SchemaError(f"no {STEMMER} in an analyzer of 'text'")
        place = list(analyzer).index(stemmers[0])
        for item in filters:
            if item.get("class") in (STEMMER, FOLDING):
                analyzer.remove(item)
        for offset, attributes in enumerate(SPANISH):
            analyzer.insert(place + offset, ElementTree.Element("filter", attributes))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
