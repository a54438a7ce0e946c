"""Forms of notes, and of what an open page tells of itself."""

from django import forms

from mailboxes.notes.writing import LONGEST_NOTE

# A mark names a message, a note and an event.
LONGEST_MARK = 120


class NoteForm(forms.Form):
    """Words for colleagues. What is empty or too long is refused in words by who writes it."""

    text = forms.CharField(
        required=False,
        strip=False,
        max_length=4 * LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Only colleagues see this. @ names somebody."}),
        label="Note",
    )


class LiveForm(forms.Form):
    """What a page that has a conversation open says every few seconds."""

    # What the page shows of the conversation, and of the others who are there.
    mark = forms.CharField(required=False, max_length=LONGEST_MARK)
    shown = forms.CharField(required=False, max_length=64)
    writing = forms.BooleanField(required=False)
    left = forms.BooleanField(required=False)
