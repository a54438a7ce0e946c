"""Routes of what happens by itself: autoresponder, routing rules, templates."""

from django.urls import URLPattern, path

from mailboxes.views.setup import autoresponders, reply_templates, routing_rules

_MAILBOX = "mailboxes/<uuid:mailbox_id>/"
_RULE = f"{_MAILBOX}rules/<uuid:routing_rule_id>/"
_TEMPLATE = "settings/templates/<uuid:reply_template_id>/"

urlpatterns: list[URLPattern] = [
    path(f"{_MAILBOX}autoresponder/", autoresponders.autoresponder_change, name="autoresponder-change"),
    path(f"{_MAILBOX}rules/", routing_rules.rule_list, name="rule-list"),
    path(f"{_MAILBOX}rules/add/", routing_rules.rule_add, name="rule-add"),
    path(f"{_MAILBOX}rules/try/", routing_rules.rule_try, name="rule-try"),
    path(_RULE, routing_rules.rule_change, name="rule-change"),
    path(f"{_RULE}delete/", routing_rules.rule_delete, name="rule-delete"),
    path(f"{_RULE}move/", routing_rules.rule_move, name="rule-move"),
    path(f"{_RULE}switch/", routing_rules.rule_switch, name="rule-switch"),
    path("settings/templates/", reply_templates.template_list, name="template-list"),
    path("settings/templates/add/", reply_templates.template_add, name="template-add"),
    path("settings/templates/preview/", reply_templates.template_preview, name="template-preview"),
    path(_TEMPLATE, reply_templates.template_change, name="template-change"),
    path(f"{_TEMPLATE}delete/", reply_templates.template_delete, name="template-delete"),
]
