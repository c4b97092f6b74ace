"""What the tests of epochs look at: which there are, what is served, and the jobs that wait."""

from __future__ import annotations

from ckan.lib import jobs
from feeding import list_fragments, read_rows, run

from ckanext.gtplan.feed.keeping import store
from ckanext.gtplan.feed.sending.whole import make_whole, open_blocks
from ckanext.gtplan.model.feed import BLOCK

#: The option that each dataset's IRI begins with.
BASE = "ckanext.gtplan.base_uri"


def list_epochs() -> list[tuple[bool, bool]]:
    """List the epochs: whether each is served, and whether it ever was, or was given up."""
    query = "SELECT is_current, swapped IS NOT NULL AS is_over FROM gtplan_feed_epoch ORDER BY id"
    return [(row["is_current"], row["is_over"]) for row in read_rows(query)]


def list_hosts() -> list[str]:
    """List the hosts of the IRIs that are served."""
    return [fragment["iri"].split("/")[2] for fragment in list_fragments()]


def find_building() -> int:
    """Find the epoch that is being built."""
    (row,) = read_rows("SELECT id FROM gtplan_feed_epoch WHERE swapped IS NULL")
    return int(row["id"])


def take_apart() -> None:
    """Give each dataset a block of its own."""
    for table in ("gtplan_feed_dataset", "gtplan_fragment"):
        run(f"UPDATE {table} SET ordinal = ordinal * {BLOCK}")


def put_together() -> None:
    """Have all datasets in one block; they are not, by now."""
    for table in ("gtplan_feed_dataset", "gtplan_fragment"):
        run(
            f"UPDATE {table} t SET ordinal = new.place FROM (SELECT package_id, row_number() OVER"
            f" (ORDER BY ordinal) AS place FROM {table}) new WHERE new.package_id = t.package_id"
        )


def read_whole() -> bytes:
    """Read the whole catalogue in N-Triples, of the blocks that are ready or missing."""
    snapshot, parts = open_blocks("nt", store.bring_up_to_date())
    return b"".join(make_whole(snapshot, "nt", parts, is_packed=False))


def list_jobs() -> list[str]:
    """List the jobs that wait."""
    return [str(job.meta["title"]) for job in jobs.get_queue().jobs]
