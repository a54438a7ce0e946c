"""What a month costs. Pure: no database, no clock, whole minor units."""
