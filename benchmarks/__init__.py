"""Benchmarks: rulecore beside the same law written by hand and beside its peers, all in one sitting.

Each job runs in a fresh process; jobs take turns within a round; what other processes took of the machine is recorded,
and a round in which they took more than 0.3 of a core does not count. Outputs are compared before times are.
"""
