"""XML that would grow without end in the memory of who reads it is refused; the rest is read."""

from __future__ import annotations

import pytest

from ckanext.gtplan.rdf.document import Unreadable, is_growing, read_document

_HEAD = '<?xml version="1.0" encoding="{encoding}"?>\n<!DOCTYPE x [{entities}]>\n'
_ROOT = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns:dct="http://purl.org/dc/terms/">'
    '<rdf:Description rdf:about="{about}"><dct:title>{title}</dct:title></rdf:Description>'
    "</rdf:RDF>"
)


def write(entities: str, title: str = "", about: str = "urn:x", encoding: str = "utf-8") -> str:
    head = _HEAD.format(encoding=encoding, entities=entities)
    return head + _ROOT.format(about=about, title=title)


GROWING = {
    "laughs": write('<!ENTITY a "ja"><!ENTITY b "&a;&a;&a;">', "&b;"),
    "single quotes": write("<!ENTITY a 'ja'><!ENTITY b '&a;&a;'>", "&b;"),
    "first the whole": write('<!ENTITY b "&a;&a;"><!ENTITY a "ja">', "&b;"),
    "spelt by number": write('<!ENTITY a "ja"><!ENTITY b "&#38;a;&#38;a;">', "&b;"),
    "spelt by hexadecimal": write('<!ENTITY a "ja"><!ENTITY b "&#x26;a;&#x26;a;">', "&b;"),
    "after a comment": write('<!-- "> --><!ENTITY a "ja"><!ENTITY b "&a;&a;">', "&b;"),
    "parameter": write('<!ENTITY % a "&#60;!ENTITY b \'ja\'>"> %a;', "&b;"),
    "long and often": write(f'<!ENTITY a "{"ja" * 40_000}">', "&a;" * 1000),
}


@pytest.mark.parametrize("text", GROWING.values(), ids=GROWING)
def test_what_grows_without_end_is_refused(text: str) -> None:
    assert is_growing(text) and is_growing(text.encode())
    with pytest.raises(Unreadable) as refusal:
        read_document(text.encode(), "https://example.org/catalog.rdf")
    assert "grow" in refusal.value.detail


def test_no_encoding_hides_it() -> None:
    text = write('<!ENTITY a "ja"><!ENTITY b "&a;&a;">', "&b;", encoding="utf-16")
    assert is_growing(text.encode("utf-16"))
    assert is_growing(text)  # as it is once somebody has decoded it


@pytest.mark.parametrize(
    "text",
    [
        write('<!ENTITY ns "https://example.org/#">', "El &#225;rbol &amp; &#xE1;", "&ns;a"),
        write('<!ENTITY amp "&#38;#38;"><!ENTITY lt "&#38;#60;">', "a &lt; b &amp; c"),
        write("", "Nada"),
        _ROOT.format(about="urn:x", title="Sin DOCTYPE"),
    ],
)
def test_what_abbreviates_is_read(text: str) -> None:
    assert not is_growing(text) and not is_growing(text.encode())
    assert len(read_document(text.encode(), "https://example.org/catalog.rdf")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<urn:x> <urn:y> '<!ENTITY a \"&b;\">' .",
        '{"@graph": []}',
        "<?xml",
        "<!DOCTYPE x [<!ENTITY",
        "\x00\ud800",
    ],
)
def test_what_is_no_xml_has_no_entities(text: str) -> None:
    assert not is_growing(text)
    assert not is_growing(text.encode("utf-8", "replace"))
