"""What is shown of a label wherever it stands beside something else."""

from typing import Any

from labels.models import Label
from labels.queries.searching.terms import Known
from waddlebot.lib.contrast import readable_on


def look_of(label: Label | Known) -> dict[str, Any]:
    return {
        "id": label.pk,
        "name": label.name,
        "color": label.color,
        "text_color": readable_on(label.color),
        "icon": label.icon,
        "is_system": label.is_system,
    }
