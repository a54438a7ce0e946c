"""Numbers as shapes that templates draw as SVG. Pure: what they say in words and colours, templates and styles decide.

Lengths across are shares of the width from 0 to 100, for attributes such as `x="12.5%"`, so that a plot fits every
screen and its letters keep their size; lengths down are pixels from the top.
"""
