"""The present of tests that bring a clock."""

from datetime import UTC, datetime
from typing import Final

NOW: Final = datetime(2026, 6, 15, 9, 0, 30, tzinfo=UTC)
