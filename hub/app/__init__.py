"""The hub's verbs, one file each, and ``hub.py``, which wires them together."""
