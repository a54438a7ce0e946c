"""Routing rules: what is looked at in new mail, and what then happens (SPEC M25).

`conditions`, `actions` and `deciding` are pure; `facts` reads what conditions look at; `options` loads what rules name;
`acting` does what was decided; `wording` says it to people; `changing` keeps the rules and their order.
"""
