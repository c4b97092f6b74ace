"""What the plugin needs of a portal, and what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest
from ckan.config.declaration import Declaration
from ckan.exceptions import CkanConfigurationException
from ckan.plugins import toolkit as tk

from ckanext.gtplan import config
from ckanext.gtplan.plan.records import PACKAGE_TYPES

RIGHT = ["gtplan", "scheming_datasets", "dcat", "datastore", "tabledesigner", "text_view"]


class TestStartUp:
    """A portal in which the plugin could not work does not start, and says why."""

    def test_a_portal_with_all_that_is_needed_starts(self) -> None:
        config.check_portal(RIGHT)

    @pytest.mark.parametrize("name", list(config.NEEDED))
    def test_a_missing_plugin_is_named(self, name: str) -> None:
        with pytest.raises(CkanConfigurationException, match=f"needs the plugin {name}"):
            config.check_portal([plugin for plugin in RIGHT if plugin != name])

    @pytest.mark.parametrize("name", list(config.NEEDED))
    def test_a_plugin_in_the_wrong_place_is_named(self, name: str) -> None:
        others = [plugin for plugin in RIGHT if plugin != name]
        with pytest.raises(CkanConfigurationException, match=f"must stand before {name}"):
            config.check_portal([name, *others])

    @pytest.mark.parametrize("found", ["2.0.0", "99.0"])
    def test_a_version_that_was_not_tried_is_named(
        self, monkeypatch: pytest.MonkeyPatch, found: str
    ) -> None:
        monkeypatch.setattr(config, "version", lambda name: found)
        with pytest.raises(CkanConfigurationException, match=f"installed is {found}"):
            config.check_portal(RIGHT)


@pytest.mark.usefixtures("app")
class TestSchemas:
    """The plugin brings its schemas, and those of the portal stay in force."""

    def test_every_type_is_there_without_configuration(self) -> None:
        found = tk.get_action("scheming_dataset_schema_list")({}, {})
        assert {*PACKAGE_TYPES, "dataset"} <= set(found)

    @pytest.mark.parametrize("times", [1, 3])
    def test_the_portal_has_the_last_word(
        self, ckan_config: Any, monkeypatch: pytest.MonkeyPatch, times: int
    ) -> None:
        own = "my.portal:dataset.yaml my.portal:map.yaml"
        monkeypatch.setitem(tk.config, "scheming.dataset_schemas", own)
        for _ in range(times):  # CKAN declares again at every load of a plugin
            config.declare_options(Declaration())
        schemas = tk.config["scheming.dataset_schemas"].split()
        assert schemas[-2:] == own.split()
        assert len(schemas) == len(set(schemas)) == len(PACKAGE_TYPES) + 3
