"""Clients that write: each has an organization and datasets of its own, and does all to them."""

from __future__ import annotations

import uuid
from typing import Any

from soaking import SECRET, Actor, Ledger, Portal, Refused

#: What a dataset must have to be public.
FILLED = {
    "notes": "Descripción",
    "issued": "2018-11",
    "data_modified": "2024-01-03",
    "frequency": "R/P1Y",
    "theme": ["GOVE"],
    "language": ["es"],
    "license_id": "cc-by",
    "tag_string": "prueba",
    "spatial_coverage": [{"code": "GTM"}],
    "temporal_coverage": [{"start": "2018-11", "end": "2020-10"}],
    "contact": [{"name": "Unidad", "email": "info@example.org"}],
}
RESOURCE = {
    "name": "Tabla",
    "url": "https://example.org/tabla.csv",
    "format": "CSV",
    "resource_type": "file",
    "fields": [{"title": "b", "type": "string"}],
}


class Writer(Actor):
    """Makes, edits, hides, shows, deletes, restores and purges its datasets."""

    #: How many datasets it keeps: the others are purged.
    MOST = 30

    def __init__(self, portal: Portal, ledger: Ledger, seed: int) -> None:
        super().__init__(portal, ledger, seed)
        self.organization = f"replica-{seed}"
        self.own: list[str] = []
        self.number = 0

    def step(self) -> None:
        acts = [self.make, self.edit, self.show] * 3 + [self.hide, self.show_several] * 2
        acts += [self.delete, self.purge, self.hide_several, self.rename]
        act = self.random.choice(acts) if self.own else self.make
        act()
        self.ledger.tally["writes"] += 1

    def name_next(self) -> str:
        self.number += 1
        return f"Conjunto {self.organization} {self.number}"

    def make(self) -> None:
        own, title = str(uuid.uuid4()), self.name_next()
        self.ledger.open([own])
        self.own.append(own)
        is_private = self.random.random() < 0.3
        values = {**FILLED, "resources": [RESOURCE], "owner_org": self.organization}
        made = self.portal.act(
            "package_create", id=own, name=own, title=title, private=is_private, **values
        )
        self.note(made)
        if len(self.own) > self.MOST:
            self.purge()

    def edit(self) -> None:
        self.patch(title=self.name_next())

    def hide(self) -> None:
        self.patch(private=True)

    def show(self) -> None:
        self.patch(private=False, state="active")

    def patch(self, **values: Any) -> None:
        own = self.random.choice(self.own)
        self.note(self.do("package_patch", own, **values))

    def delete(self) -> None:
        own = self.random.choice(self.own)
        self.do("package_delete", own)
        if own in self.own:
            self.ledger.close(own, is_public=False)

    def purge(self) -> None:
        own = self.random.choice(self.own)
        self.do("dataset_purge", own)
        self.forget(own)

    def do(self, action: str, own: str, **values: Any) -> Any:
        """Do something to a dataset; None if there is none."""
        self.ledger.open([own])
        try:
            return self.portal.act(action, id=own, **values)
        except Refused as error:
            if error.status != 404:
                raise
            # the answer was lost when it was purged, or it was never made
            self.forget(own)
            return None

    def forget(self, own: str) -> None:
        if own in self.own:
            self.own.remove(own)
            self.ledger.close(own, is_public=False)

    def hide_several(self) -> None:
        self.change_several("bulk_update_private")

    def show_several(self) -> None:
        self.change_several("bulk_update_public")

    def change_several(self, action: str) -> None:
        some = self.random.sample(self.own, min(3, len(self.own)))
        self.ledger.open(some)
        try:
            self.portal.act(action, org_id=self.organization, datasets=some)
        except Refused as error:
            # one of them is no more; of the others it was done, or not
            if error.status != 404:
                raise
        for own in some:
            self.note(self.do("package_show", own))

    def rename(self) -> None:
        """Change what is said of all its datasets, but not whether, nor their titles."""
        self.portal.act("organization_patch", id=self.organization, title=self.name_next())

    def note(self, package: dict[str, Any] | None) -> None:
        if package is None:
            return
        is_public = package["state"] == "active" and not package["private"]
        self.ledger.close(package["id"], is_public, package["title"])


class Keeper(Writer):
    """Has private datasets only, that nobody may ever see."""

    def step(self) -> None:
        act = self.edit if len(self.own) > 5 else self.make_secret
        act()
        self.is_over.wait(1)

    def name_next(self) -> str:
        return f"{SECRET} {super().name_next()}"

    def make_secret(self) -> None:
        own = str(uuid.uuid4())
        self.ledger.open([own])
        values = {**FILLED, "resources": [RESOURCE], "owner_org": self.organization}
        made = self.portal.act(
            "package_create", id=own, name=own, title=self.name_next(), private=True, **values
        )
        self.own.append(own)
        self.note(made)
