"""The topics and tags of an account, as far as a person may know of them.

Their names tell what mail is about, so those that are used in mailboxes of others alone are not shown (SPEC T3).
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from mailboxes.models import Conversation, ConversationTag, FilterRule, Mailbox, Tag, Topic
from mailhub.tenancy.models import Membership


def topics_seen_by(membership: Membership) -> QuerySet[Topic]:
    """Return the topics of the mailboxes that this person may use: of their mail, and those that it can get.

    That others have no mail about a topic tells something of their mail as well, so it does not count.
    """
    topics: QuerySet[Topic] = Topic.objects.all()
    if membership.sees_every_mailbox:
        return topics
    mailboxes = Mailbox.objects.visible_to(membership)
    # Mailbox by mailbox: a topic that only others have much mail about would have all of it looked through.
    of_this = Conversation.objects.filter(mailbox=OuterRef("pk"), topic=OuterRef(OuterRef("pk")))
    return topics.filter(
        Exists(mailboxes.filter(Exists(of_this)))
        | Exists(mailboxes.filter(default_topic=OuterRef("pk")))
        | Exists(FilterRule.objects.filter(topic=OuterRef("pk"), filter_set__mailboxes__in=mailboxes))
    )


def tags_seen_by(membership: Membership) -> QuerySet[Tag]:
    """Return the tags that are on conversations which this person may see."""
    tags: QuerySet[Tag] = Tag.objects.all()
    if membership.sees_every_mailbox:
        return tags
    seen = Conversation.objects.visible_to(membership)
    return tags.filter(Exists(ConversationTag.objects.filter(tag=OuterRef("pk"), conversation__in=seen)))
