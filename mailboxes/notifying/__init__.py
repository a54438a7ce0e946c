"""Tells people what concerns them: in the browser, and by mail where they do not look (SPEC Q4).

Whoever acts creates rows (`telling`), in the transaction of what is told of; mail leaves later (`mailing`). Nobody is
told of a mailbox that they may not use: that is asked when a row is made, when it is shown, and when a mail leaves.
"""
