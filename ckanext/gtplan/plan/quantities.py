"""Numbers that are no money: scores, weights, rates and whatever an indicator measures."""

from __future__ import annotations

import re
from decimal import Decimal

#: As many digits as a spreadsheet keeps exactly, and decimals for small rates.
QUANTITY_FORM = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?\Z")


def parse_quantity(text: str) -> Decimal:
    """Read a number written with a decimal point and without separators.

    Args:
        text: for example ``12.5``; at most 15 digits and 9 decimals.

    Raises:
        ValueError: the text has another form (``1,5``, ``1e3``, ``NaN``).
    """
    if not QUANTITY_FORM.match(text.strip()):
        raise ValueError(text)
    return Decimal(text.strip())
