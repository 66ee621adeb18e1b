"""CRM Hub: one customer model from scattered sources, and the channels that earn them."""

__version__ = "0.1.0"
