"""Starting a sequence, what is looked at before, and putting it away."""
