"""Hours of a week as shapes, on the ground of mailhub.lib.plots."""
