"""Topics of conversations, and the keyword filters that find them (SPEC M22).

`phrases` decides and touches nothing else; `finding` brings it the rules of a mailbox; `changing` keeps topics, filter
sets and their rules.
"""
