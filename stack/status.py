"""What runs, and where: the table of ``status`` and the addresses after ``up``."""

from __future__ import annotations

import time

from stack.console import Console
from stack.portal import Portal, hide_password
from stack.settings import Settings

FEEDS = ("/catalog.ttl", "/catalog.xml", "/catalog.jsonld", "/data.json")


def show_addresses(settings: Settings, console: Console, seconds: float) -> None:
    """Print where the portal is, at the end of ``up``."""
    local = f"http://127.0.0.1:{settings.ports['web']}"
    console.say("", "")
    console.say("Portal", settings.public_url)
    if settings.public_url != local:
        console.say("On this host", f"{local}  (give it to the web server that faces outwards)")
    console.say("Feeds", "  ".join(FEEDS))
    console.say("Administrator", f"admin; the password is in {settings.state}/admin-password")
    console.say("", f"ready after {seconds:.1f} s; stop with ./portal down")


def show_status(portal: Portal) -> bool:
    """Print what runs.

    Returns:
        Whether everything does.
    """
    site = portal.site
    web = f"http://127.0.0.1:{site.port}"
    rows = [
        (service.label, service.daemon, service.is_ready(), service.address)
        for service in (portal.postgres, portal.redis, portal.solr)
        if service is not None
    ]
    rows.append(("Web server", site.web, site.is_web_ready(), web))
    rows.append(("Worker", site.worker, site.worker.find() is not None, ""))
    for label, daemon, is_ready, address in rows:
        identity = daemon.find()
        condition = "running" if is_ready else ("not answering" if identity else "stopped")
        process = f"process {identity.pid}" if identity else ""
        since = daemon.since()
        when = time.strftime("since %Y-%m-%d %H:%M", time.localtime(since)) if since else ""
        print(f"{label:<22}{condition:<15}{address:<30}{process:<16}{when}".rstrip())
    for variable, address in portal.settings.external.items():
        print(f"{variable.removeprefix('CKAN_'):<22}elsewhere      {hide_password(address)}")
    print(f"{'Public URL':<22}{portal.settings.public_url}")
    return all(is_ready for _, _, is_ready, _ in rows)
