"""What pages of docs/ show, so that a test does it."""

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]


def shown_in(page: str, heading: str) -> tuple[str, Any]:
    """Return the first code and the first JSON under a heading."""
    _, _, text = (ROOT / page).read_text().partition(f"\n## {heading}\n")
    blocks = dict(reversed(re.findall(r"^```(python|json)\n(.*?)^```", text, re.M | re.S)))
    return blocks["python"], json.loads(blocks["json"])
