"""`make bench`: prints each figure beside an anchor that was measured in the same run."""

from benchmarks import idle, ingest, parsing

parsing.main()
ingest.main()
idle.main()
