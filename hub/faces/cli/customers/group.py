"""The family of commands about customers."""

from __future__ import annotations

from hub.faces.cli.taught import family

__all__ = ["customers"]


@family(
    examples=[
        "hub customers search lee",
        "hub customers show C3k9x2m4p5q6r7",
        "hub customers explain C3k9x2m4p5q6r7",
    ]
)
def customers() -> None:
    """Search, show, explain, merge, split and pin customers.

    A customer is every record that is the same person or organization. Any id a customer ever showed
    finds it. Merging and splitting are judgements: they outrank every weight, hold for later records,
    and can be taken back with `hub review retract`.
    """
