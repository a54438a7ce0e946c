"""Which sent message does a received one answer, and where does it belong (SPEC I2)? Pure: it asks what was looked up.

The evidence, strongest first, and how sure it makes us:

| evidence | score |
|---|---|
| the signed address that only our mail carried | 100 |
| the original that a report on its delivery encloses | 95 |
| In-Reply-To names our Message-ID, or the provider's in its place | 90 |
| In-Reply-To names a message of the conversation | 85 |
| References names one of these | 75, 70 |
| an answer by the same correspondent under the same subject | 40 |

Evidence is not enough: guards (mailboxes.matching.guards) refuse it to strangers. What was refused is linked instead.
"""
