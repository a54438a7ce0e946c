"""The demonstration: a small mail world on loopback and the supervisor that starts every part of mailhub."""
