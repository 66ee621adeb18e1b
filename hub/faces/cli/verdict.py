"""One exit code for work on several things, of which some may have failed."""

from __future__ import annotations

from collections.abc import Sequence

from hub.errors import HubError

__all__ = ["PARTIAL", "code_of"]

PARTIAL = 5
WORST = (3, 2, 4)
"""Exit codes, the worst last: what passes by itself, what a person must change, a fault in code."""


def code_of(errors: Sequence[HubError | None], rejected: int = 0) -> int:
    """0 when all went well, 5 when some did not, and when none did the code of the worst error."""
    codes = [error.exit_code for error in errors if error is not None]
    if codes and len(codes) == len(errors):
        return max(codes, key=lambda code: WORST.index(code) if code in WORST else -1)
    return PARTIAL if codes or rejected else 0
