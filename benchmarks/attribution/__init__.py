"""Credit for generated journeys: what it costs at ten million touches, and beside two other tools on the same rows.

``large``   10 million touches, 125,000 conversions, 20 channels: read from Parquet, journeys, six rule-based models;
            null paths and exact Markov chains of orders 1 to 4; Shapley values. Wall and CPU seconds, peak memory.
``refresh`` a workspace of 3 million touches, 1.4 million records and 200,000 orders: the first report, and that of the
            next day, with 10,000 touches and 500 orders more and 500 records that turned out to be of other customers.
``stored``  10 million touches and 125,000 orders in SQLite: the report under six rules, under chains, by Shapley values.
            Only when it is named: it takes a quarter of an hour to make.
``beside``  a million journeys (4 million touches, 10 channels) through the hub, marketing-attribution-models 2 (MAM)
            and ChannelAttribution (CA), each in a process of its own, reading included; and how far their answers are
            from the hub's. CA simulates its chains, the others solve them.

``python -m benchmarks.attribution [--touches N] [--journeys N] [--database ADDRESS] [--without-peers] [PART ...]``
The peers get an environment of their own under ``.cache`` at first use; the hub does not depend on them.

What the figures do not say: one customer in twenty converts, and the hub joins touches to conversions before it
does anything else, so that its rules walk 5% of the touches. Where everybody converts, expect that step to
cost about ten times as much.
"""
