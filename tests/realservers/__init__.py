"""Real servers on free ports of 127.0.0.1, started for the tests and stopped after them; root is not needed."""
