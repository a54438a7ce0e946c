"""Steps of the Makefile. Those that set up the project need nothing but Python's standard library."""
