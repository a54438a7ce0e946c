"""`make bench`: prints each figure beside an anchor that was measured in the same run."""

from benchmarks import idle, ingest, parsing, queue_pages

parsing.main()
ingest.main()
idle.main()
queue_pages.main()
