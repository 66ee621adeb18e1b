"""Figures anyone can run again: quality, speed, and the data they are measured on."""
