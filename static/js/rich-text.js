// A text field with the rich-text editor in its place, and fields that are filled in later.
(() => {
  "use strict";
  const { editor: editors } = window.mailhub;

  async function prepare(holder) {
    const field = holder.querySelector("textarea"), format = holder.querySelector('input[type="hidden"][name$="body_format"]');
    if (format.value !== "html") field.value = editors.asHtml(field.value);
    format.value = "html";
    await editors.start(field, {
      base: holder.dataset.richText,
      label: holder.dataset.label ?? "Text of the answer.",
      setup: (editor) => {
        // The field below always has what is written, for the form and for the preview.
        editor.on("input change undo redo ExecCommand", () => editor.save());
        editor.on("init", () => { holder.dataset.isReady = "yes"; });
      },
    });
  }

  function insert(form, words) {
    const field = form.querySelector("[data-rich-text] textarea");
    const editor = editors.of(field);
    if (!editor) return field.setRangeText(words);
    editor.insertContent(words);
    editor.focus();
  }

  // A template that is there needs no text here.
  function showNew(select) {
    const part = select.form.querySelector("[data-new-template]");
    if (part) part.hidden = Boolean(select.value);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (button) insert(button.closest("form"), button.dataset.insert);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches('select[name="template"]')) showNew(event.target);
  });
  document.querySelectorAll('select[name="template"]').forEach(showNew);
  document.querySelectorAll("[data-rich-text]").forEach(prepare);
})();
