"""Writing sequences: their settings, their steps, and what each step says (SPEC S1)."""
