"""Verbs in any order on one project, against a model of it: ``python -m benchmarks.faults_sequences --sequences 1000``.

What the steps are and what must hold after each is in ``tests/faults/sequences.py``. A sequence that fails is made
shorter by Hypothesis, printed, and ends this with an error.
"""

from __future__ import annotations

import argparse
import time

from benchmarks.speed.table import markdown
from tests.faults.sequences import run

STEPS = 25  # of each sequence, at the most


def main() -> None:
    """Run, and print how often each step was taken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=1000, help="how many (1000)")
    parser.add_argument("--steps", type=int, default=STEPS, help="of each, at the most (25)")
    parser.add_argument("--seed", type=int, default=1, help="chooses them (1)")
    arguments = parser.parse_args()
    started = time.monotonic()
    done, refused = run(arguments.sequences, steps=arguments.steps, chance=arguments.seed)
    sequences = done.pop("sequences")
    rows = [(name, str(count), "") for name, count in done.most_common()]
    rows += [(name, "", str(count)) for name, count in refused.most_common()]
    print(markdown(("step", "done", "refused, as it should be"), rows))
    steps = sum(done.values()) + sum(refused.values())
    print(f"\n{sequences} sequences of {steps} steps held ({time.monotonic() - started:.0f} s, seed {arguments.seed})")


if __name__ == "__main__":
    main()
