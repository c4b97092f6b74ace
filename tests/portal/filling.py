"""A dataset and a file with every field filled, and what their forms say of a wrong value."""

from __future__ import annotations

import gettext
import re
from importlib.resources import files
from typing import Any

from reading import Page

CKAN_I18N = str(files("ckan") / "i18n")
I18N = str(files("ckanext.gtplan") / "i18n")
NAME = "xx-formulario"

#: What a person enters, field by field, and what the portal keeps of it.
DATASET: dict[str, Any] = {
    "title": "Título «con» comillas & signos",
    "name": NAME,
    "notes": "Primera línea\nsegunda línea",
    "identifier": "xx-1",
    "theme": ["GOVE", "TRAN"],
    "tag_string": "agua,gobierno abierto",
    "language": ["es", "pt"],
    "url": "https://datos.example.org/página",
    "publisher-0-name": "Ministerio de Prueba",
    "publisher-0-email": "datos@example.org",
    "publisher-0-uri": "https://datos.example.org/organization/mp",
    "publisher-0-type": "NationalAuthority",
    "contact-0-name": "Oficina de datos",
    "contact-0-email": "info@example.org",
    "attribution": "Instituto Nacional",
    "contributor": ["Red Ciudadana", "", "Otra, Red"],
    "jurisdiction": "national",
    "issued": "2018",
    "modified": "2018-11",
    "data_modified": "2018-11-30",
    "temporal_coverage-0-start": "2018-11",
    "temporal_coverage-0-end": "",
    "spatial_coverage-0-code": "GT-01",
    "spatial_coverage-1-code": "Petén, Guatemala",
    "spatial_coverage-2-text": "Lago de Atitlán",
    "spatial_coverage-2-centroid": "-91.2, 14.7",
    "spatial_coverage-3-bbox": "-92.3, 13.7, -88.2, 17.9",
    "spatial_coverage-4-code": "",
    "frequency": "R/P1Y",
    "license_id": "cc-by",
}
KEPT: dict[str, Any] = {
    **{key: value for key, value in DATASET.items() if "-" not in key},
    "contributor": ["Red Ciudadana", "Otra, Red"],
    "publisher": [
        {
            "name": "Ministerio de Prueba",
            "email": "datos@example.org",
            "uri": "https://datos.example.org/organization/mp",
            "type": "NationalAuthority",
        }
    ],
    "contact": [{"name": "Oficina de datos", "email": "info@example.org"}],
    "temporal_coverage": [{"start": "2018-11"}],
    "spatial_coverage": [
        {"code": "GT-01"},
        {"code": "GT-17"},
        {"text": "Lago de Atitlán", "centroid": "-91.2, 14.7"},
        {"bbox": "-92.3, 13.7, -88.2, 17.9"},
    ],
}
RESOURCE: dict[str, Any] = {
    "name": "Actividades",
    "description": "Una fila por actividad",
    "url": "https://datos.example.org/actividades.csv",
    "url_type": "",
    "format": "CSV",
    "mimetype": "text/csv",
    "size": "5120",
    "resource_type": "file",
    "access_url": "https://datos.example.org/actividades",
    "issued": "2018",
    "modified": "2018-11",
    "data_modified": "2018-11-30T09:00:00-06:00",
    "temporal": "2018-11/2020-10",
    "spatial": "GT-01",
    "license": "cc-by-sa",
    "rights": "Se agradece citar la fuente",
    "codelists": ["ISO 8601", "Sin página", "ISO 3166"],
    "codelist_links": ["https://www.w3.org/TR/NOTE-datetime", "", "https://www.iso.org/iso-3166"],
    **{f"fields-{n}-title": f"columna_{n:02}" for n in range(12)},
    "fields-0-type": "date",
    "fields-0-description": "Primer día",
    "fields-1-units": "Quetzales",
    "fields-1-spatial": "GT-01",
}
RESOURCE_KEPT: dict[str, Any] = {
    **{key: value for key, value in RESOURCE.items() if not key.startswith("fields-")},
    "size": 5120,
    "fields": [
        {"title": "columna_00", "type": "date", "description": "Primer día"},
        {"title": "columna_01", "units": "Quetzales", "spatial": "GT-01"},
        *({"title": f"columna_{n:02}"} for n in range(2, 12)),
    ],
}


def choose(found: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Take those keys of a record that were entered, without what is empty in its rows."""
    chosen = {key: found.get(key) for key in wanted}
    for key, value in chosen.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            chosen[key] = [{k: v for k, v in row.items() if v not in ("", None)} for row in value]
    return chosen


def find_error(html: str, field: str) -> str:
    """Read the error by which the element of a field is described."""
    element = re.search(rf'<[a-z]+ [^>]*id="field-{field}"[^>]*>', html)
    assert element, f"no field-{field}"
    assert 'aria-invalid="true"' in element[0], element[0]
    assert f"field-{field}-error" in element[0]
    error = re.search(rf'id="field-{field}-error">(.*?)</p>', html, re.S)
    assert error
    return Page(error[1]).text


def translate(text: str, language: str) -> str:
    """Say a text in a language as the plugin's catalogue does, else as CKAN's."""
    own = gettext.translation("ckanext-gtplan", I18N, [language], fallback=True)
    own.add_fallback(gettext.translation("ckan", CKAN_I18N, [language], fallback=True))
    return own.gettext(text)
