"""The form of a mailbox itself: what it is called, where it belongs, what it counts against."""

from typing import Any, ClassVar, cast

from django import forms

from billing.features import Feature, explain_lack
from billing.limits import FeeNotAgreed, LimitExceeded, check_one_more
from billing.models import Subscription
from mailboxes import segments
from mailboxes.models import Mailbox, Segment
from mailhub.lib.headers import clean_header

NAME_TAKEN = "Another mailbox of this account has this name."

_KINDS = {
    Mailbox.Kind.SERVICE: "Service: mail becomes conversations that your people answer.",
    Mailbox.Kind.MARKETING: "Marketing: sequences send from it, and bounces mark wrong addresses.",
}


# Django's own classes take no subscript.
class SubscriptionField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Each choice says how full it is, and what one more costs."""

    def label_from_instance(self, subscription: Any) -> str:
        plan = subscription.plan
        words = f"{subscription} ({plan}): {subscription.active_count} of {plan.included_mailboxes} active"
        if subscription.takes_no_more:
            return f"{words}, no room for more"
        fee = subscription.fee_for_one_more
        return f"{words}, each further one {fee} a month" if fee else words


class MailboxForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name, address, kind, segment, subscription and comments; the kind is fixed once mail has flowed (SPEC M1, M2).

    Where there is one segment or one subscription only, there is nothing to choose, and the field is not there.
    """

    # Declared, because Django would ask for its rows before any scope is open.
    segment: "forms.ModelChoiceField[Segment]" = forms.ModelChoiceField(
        Segment.objects.none(),
        empty_label=None,
        required=False,
        help_text="The business unit that it belongs to. A mailbox that moves leaves its filter set behind.",
    )
    subscription = SubscriptionField(
        label="Counts against",
        queryset=Subscription.objects.none(),
        empty_label=None,
        required=False,
        help_text="While it is active, the mailbox is one of those that this subscription includes.",
    )
    agrees_to_fee = forms.BooleanField(label="I agree to the fee", required=False)
    successor: "forms.ModelChoiceField[Mailbox]" = forms.ModelChoiceField(
        Mailbox.objects.none(),
        label="New default mailbox of the segment that it leaves",
        required=False,
        help_text="Needed when this mailbox moves: it is the default of its segment now.",
    )

    class Meta:
        model = Mailbox
        fields: ClassVar = ["name", "address", "kind", "segment", "subscription", "comments"]
        widgets: ClassVar = {
            "name": forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Support"}),
            "address": forms.EmailInput(attrs={"autocomplete": "off", "placeholder": "support@example.com"}),
            "kind": forms.RadioSelect,
            "comments": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts: ClassVar = {
            "name": "Your people see it in lists and when they write.",
            "comments": "Seen by everyone who may use the mailbox.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._was_counted = self._is_counted()
        self._former_segment_id = self.instance.segment_id
        self._former_subscription_id = self.instance.subscription_id
        kind = cast(forms.ChoiceField, self.fields["kind"])
        kind.choices = list(_KINDS.items())
        if self.instance.has_mail:
            kind.disabled = True
            kind.help_text = "Fixed since the first mail came in or went out. Another kind needs another mailbox."
        self._offer_segments()
        self._offer_subscriptions()
        self._offer_successors()

    @property
    def chosen_subscription(self) -> Subscription:
        """What the mailbox counts against as the form stands now."""
        chosen = str(self["subscription"].value()) if "subscription" in self.fields else None
        return next((one for one in self._subscriptions if str(one.pk) == chosen), self._present_subscription)

    def clean_name(self) -> str:
        name = clean_header(self.cleaned_data["name"])
        if Mailbox.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(NAME_TAKEN)
        return name

    def clean_segment(self) -> Segment:
        """Take the segment that the mailbox has, or the first one, where none was chosen."""
        return self.cleaned_data["segment"] or Segment.objects.get(pk=self.initial["segment"])

    def clean_subscription(self) -> Subscription:
        """Take the subscription that the mailbox has, or the first one, where none was chosen."""
        return self.cleaned_data["subscription"] or self._present_subscription

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.counts_one_more(cleaned) and "subscription" not in self.errors:
            self._check_limit(cleaned)
        if self._leaves_without_successor(cleaned):
            self.add_error(
                "successor", "Choose the mailbox that becomes the default of the segment that this one leaves."
            )
        return cleaned

    def counts_one_more(self, cleaned: dict[str, Any]) -> bool:
        """Whether saving makes one more active mailbox of the chosen subscription."""
        chosen = cleaned.get("subscription")
        return self._was_counted and chosen is not None and chosen.pk != self._former_subscription_id

    def _is_counted(self) -> bool:
        return not self.instance._state.adding and bool(self.instance.is_active)

    def _check_limit(self, cleaned: dict[str, Any]) -> None:
        field = "subscription" if "subscription" in self.fields else "is_active"
        # As it is at this moment: somebody else may have taken the last place since the page was made.
        subscription = Subscription.objects.running().get(pk=self.chosen_subscription.pk)
        try:
            check_one_more(subscription, agrees_to_fee=bool(cleaned.get("agrees_to_fee")))
        except FeeNotAgreed as error:
            self._ask_for_fee(str(error.fee))
            self.add_error("agrees_to_fee", str(error))
        except LimitExceeded as error:
            self.add_error(field, str(error))

    def _leaves_without_successor(self, cleaned: dict[str, Any]) -> bool:
        target = cleaned.get("segment")
        is_leaving = target is not None and target.pk != self._former_segment_id
        return is_leaving and "successor" in self.fields and cleaned.get("successor") is None

    def _offer_segments(self) -> None:
        rows = Segment.objects.all()
        if len(rows[:2]) < 2:
            del self.fields["segment"]
            return
        segment = cast("forms.ModelChoiceField[Segment]", self.fields["segment"])
        segment.queryset = rows
        if self.instance.segment_id is None:
            self.initial["segment"] = segments.first_segment().pk

    def _offer_subscriptions(self) -> None:
        self._subscriptions = list(Subscription.objects.running())
        present = [one for one in self._subscriptions if one.pk == self._former_subscription_id]
        self._present_subscription = (present or self._subscriptions)[0]
        if len(self._subscriptions) < 2:
            del self.fields["subscription"]
        else:
            field = cast(SubscriptionField, self.fields["subscription"])
            field.queryset = Subscription.objects.running()
            self.initial["subscription"] = self._present_subscription.pk
        fee = self.chosen_subscription.fee_for_one_more
        if fee is not None and self.chosen_subscription.pk != self._former_subscription_id:
            self._ask_for_fee(str(fee))
        else:
            self.fields["agrees_to_fee"].widget = forms.HiddenInput()

    def _ask_for_fee(self, fee: str) -> None:
        field = self.fields["agrees_to_fee"]
        field.widget = forms.CheckboxInput()
        field.label = f"I agree to {fee} a month, without tax, for this further mailbox"
        field.help_text = "One fee for each month in which more mailboxes are active than the plan includes."

    def _offer_successors(self) -> None:
        segment = None if self.instance._state.adding else Segment.objects.filter(default_mailbox=self.instance).first()
        others = segments.others_in(self.instance) if segment else Mailbox.objects.none()
        if "segment" not in self.fields or not others.exists():
            del self.fields["successor"]
            return
        cast("forms.ModelChoiceField[Mailbox]", self.fields["successor"]).queryset = others


class NewMailboxForm(MailboxForm):
    """With the switches of a mailbox that is being added, and who may use it."""

    is_active = forms.BooleanField(
        label="Active", required=False, initial=True, help_text="Mail is fetched and sent as soon as it is saved."
    )
    is_open = forms.TypedChoiceField(
        label="Who may use it",
        choices=[
            ("", "Owners, administrators, and the people whom you choose afterwards"),
            ("on", "Everyone in the account"),
        ],
        coerce=bool,
        empty_value=False,  # type: ignore[arg-type]  # the stubs know texts only
        required=False,
        initial="",
        widget=forms.RadioSelect,
    )

    class Meta(MailboxForm.Meta):
        fields: ClassVar = [*MailboxForm.Meta.fields, "is_active", "is_open"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["is_open"] = ""
        if len(self._subscriptions) == 1 and not self._subscriptions[0].plan.has(Feature.PERSON_PERMISSIONS):
            self.fields["is_open"].disabled = True
            self.initial["is_open"] = "on"
            self.fields["is_open"].help_text = explain_lack(self._subscriptions[0], Feature.PERSON_PERMISSIONS)

    def counts_one_more(self, cleaned: dict[str, Any]) -> bool:
        return bool(cleaned.get("is_active"))


class ActivationForm(forms.Form):
    """Asks for the fee of one more active mailbox, where there is one."""

    agrees_to_fee = forms.BooleanField(required=False)
