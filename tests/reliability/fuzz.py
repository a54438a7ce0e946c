"""Runs many mutated messages through the whole pipeline, and says how long the worst took and how much memory all did.

usage: python -m tests.reliability.fuzz [COUNT [SEED]]
FUZZ_KEEP names a directory in which the last window of messages is left, that at which it stopped.
"""

import os
import sys
from pathlib import Path

import pytest


def main(count: str = "10000", seed: str = "20261102") -> int:
    """Return the exit status of pytest."""
    os.environ.update({"FUZZ_MESSAGES": count, "FUZZ_SEED": seed})
    test = Path(__file__).with_name("test_pipeline_fuzz.py")
    return pytest.main(
        ["-q", "-p", "no:xdist", "--timeout=0", f"{test}::test_mutated_mail_of_the_corpus_is_all_stored_and_received"]
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
