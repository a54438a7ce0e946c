"""Mail that goes out because mail came in, and the one guard that keeps it from going round (RFC 3834, SECURITY TC9).

`sending.send` is the only way out for it: autoresponder, answers and notifications of routing rules, forwards of
rejected mail. `guard` looks at the mail that set it off, `limits` counts what went out, `marks` is what we write into
its header, and `stopping` switches off what does not stop by itself.
"""
