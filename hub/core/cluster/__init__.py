"""Who is who inside one connected piece: edges and judgements in, clusters out."""

from __future__ import annotations

from hub.core.cluster.bound import Judged, judged
from hub.core.cluster.groups import SIZE_CAP, Guard, Held
from hub.core.cluster.piece import CLUSTERING, IDENTICAL, Piece, cluster
from hub.core.cluster.together import MOST, Joined

__all__ = [
    "CLUSTERING",
    "IDENTICAL",
    "MOST",
    "SIZE_CAP",
    "Guard",
    "Held",
    "Joined",
    "Judged",
    "Piece",
    "cluster",
    "judged",
]
