"""Run as ``python3 stack``: make the folder importable as a package, then hand over."""

import sys
from importlib import import_module
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])
sys.exit(import_module("stack.main").main(sys.argv[1:]))
