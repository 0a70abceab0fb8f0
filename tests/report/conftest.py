"""Lets the tests of this folder import `report_runs`, which pytest's importlib mode does not do by itself."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
