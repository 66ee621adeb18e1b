"""Credit for generated journeys: what it costs at ten million touches, and beside two other tools on the same rows.

``large``   10 million touches, 125,000 conversions, 20 channels: read from Parquet, journeys, six rule-based models;
            null paths and exact Markov chains of orders 1 to 4; Shapley values. Wall and CPU seconds, peak memory.
``beside``  a million journeys (4 million touches, 10 channels) through the hub, marketing-attribution-models 2 (MAM)
            and ChannelAttribution (CA), each in a process of its own, reading included; and how far their answers are
            from the hub's. CA simulates its chains, the others solve them.

``python -m benchmarks.attribution [--touches N] [--journeys N] [--without-peers] [large | beside]``
The peers get an environment of their own under ``.cache`` at first use; the hub does not depend on them.

What the figures do not say: one customer in twenty converts, and the hub joins touches to conversions before it
does anything else, so that its rules walk 5% of the touches. Where everybody converts, expect that step to
cost about ten times as much.
"""
