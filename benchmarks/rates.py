"""How often each thing happens in the generated population (benchmarks/population.py).

Guesses at what a company's sources look like.
"""

from __future__ import annotations

from typing import Final

__all__ = ["RATES"]

RATES: Final = {
    "a household is Chinese": 0.3,
    "a household has a landline": 0.5,
    "a Chinese member has a family name of their own": 0.5,
    "a Chinese given name is of two characters at random": 0.5,
    "an English family name is unheard of": 0.45,
    "an English given name is unheard of": 0.12,
    "a person works for a company, if it speaks their language": 0.45,
    "a person has moved": 0.15,
    "a person without a company has a second mailbox": 0.2,
    "a company is Chinese": 0.3,
    "a mail names its sender": 0.55,
    "an order names its buyer": 0.3,
    "a mail or an order is of a mailbox, not a phone": 0.75,
    "a social profile shows a mailbox": 0.3,
    "a social profile shows a city": 0.3,
    "a form or ERP record has a mailbox of the person": 0.75,
    "one without it has its company's role mailbox": 0.5,
    "a form or ERP record has a phone": 0.56,
    "a phone in the ERP is the company's switchboard": 0.25,
    "a phone is the landline of the household": 0.3,
    "a form has an address, as every ERP record": 0.3,
    "an address of a mover is the old one": 0.4,
    "a form or ERP record names the employer": 0.5,
    "a Chinese name is in characters, not in pinyin": 0.7,
    "a nickname stands for the given name, or an initial, if there is none": 0.12,
    "an initial stands for the given name all the same": 0.04,
    "a typo in the given name": 0.05,
    "a typo in the family name": 0.06,
    "a typo in a mailbox": 0.02,
    "a typo in a street": 0.06,
    "given and family name are swapped": 0.02,
    "both names are in one field": 0.3,
    "a phone is written without blanks": 0.6,
}
"""The chance of each, where it can happen; typos change, drop, double or transpose one letter."""
