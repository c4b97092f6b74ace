"""The plugin speaks three languages: who reads another form of one of them gets that."""

from __future__ import annotations

from importlib.resources import files

import pytest
from babel.support import Translations
from ckan.plugins import toolkit as tk

from ckanext.gtplan import config, formats, helpers

DOMAIN, FOLDER = "ckanext-gtplan", str(files("ckanext.gtplan") / "i18n")


@pytest.mark.parametrize("locale", ["pt_PT", "pt"])
def test_portuguese_of_portugal_has_the_catalogue_of_brazil(locale: str) -> None:
    texts = [
        Translations.load(FOLDER, [name], DOMAIN).gettext("Late") for name in (locale, "pt_BR")
    ]
    assert texts[0] == texts[1] != "Late"


@pytest.mark.parametrize(
    ("locale", "language"),
    [("es", "es"), ("es_AR", "es"), ("en_GB", "en"), ("pt_PT", "pt_BR"), ("de", "es")],
)
def test_labels_and_dates_are_of_the_nearest_language(
    locale: str, language: str, request_context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tk.h, "lang", lambda: locale)
    assert config.get_language() == language
    label = helpers.gtplan_field_label("responsibles")
    date = helpers.gtplan_date("2019-04")
    monkeypatch.setattr(tk.h, "lang", lambda: language)
    assert (label, date) == (
        helpers.gtplan_field_label("responsibles"),
        helpers.gtplan_date("2019-04"),
    )
    assert formats.find_locale(language).language == language[:2]
