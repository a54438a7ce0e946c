"""`make bench`: prints each figure beside an anchor that was measured in the same run."""

from benchmarks import idle, ingest

ingest.main()
idle.main()
