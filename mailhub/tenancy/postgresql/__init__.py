"""Django's PostgreSQL backend that tells row-level security whose rows the open scope may see."""
