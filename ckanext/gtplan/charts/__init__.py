"""Charts as SVG: pure, every text given in the reader's language."""
