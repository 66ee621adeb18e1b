"""Who is who among generated customers: the hub and Splink 5 on the same rows, arrivals one by one, and growth.

One population (``benchmarks.population``: English and Chinese names, households, switchboards, role mailboxes,
moves, second mailboxes, typos, at the rates of ``benchmarks.rates``, which are printed) is normalized once;
each contender reads the same values in a process of its own.

``batch``     keys to clusters: CPU seconds by stage, peak memory, precision, recall, F1 of pairs of records
``arrivals``  into a workspace of 100,000 records (and of ``--size``, when larger): 2,000 records one by one,
              each committed, then 1,000 at once; beside it Splink's ``predict_between``
``growth``    CPU time a record at 10,000, 100,000, ... up to ``--size``

``python -m benchmarks.resolution [--size N] [--without-peer] [batch | arrivals | growth ...]``
Splink gets an environment of its own under ``.cache`` at first use; the hub does not depend on it.

What the figures do not say: the shipped model's odds of names and addresses were learnt, without labels, on
rows of this generator too (another seed). Many pairs have no value in common, so nobody's recall can reach 1;
how many is printed.
"""
