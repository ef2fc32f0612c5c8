# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

"""The parts of the benchmark: its cases, the programs it starts, the runs, and what is made of their figures."""
