"""`make bench`: prints each figure beside an anchor that was measured in the same run."""

from benchmarks import idle, ingest, month_end, parsing, queue_pages, sequences_claiming

parsing.main()
ingest.main()
idle.main()
queue_pages.main()
sequences_claiming.main()
month_end.main()
