"""The engine of sequences: what is due is written, submitted, and followed until it is settled (SPEC S3)."""
