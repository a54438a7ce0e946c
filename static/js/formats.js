// The text of a letter: in the rich-text editor, or plain, and from one to the other without losing a word.
(() => {
  "use strict";
  const { editor: editors, drafts, attachments } = window.mailhub;
  const readied = new WeakMap();

  // `ready` is called with what is written in, whenever that starts.
  function begin(element, ready) {
    readied.set(element, ready);
    element.querySelector("[data-switch-format]").hidden = false;
    if (element.elements.body_format.value === "plain") ready(element.elements.body);
    else startEditor(element);
    showFormat(element);
  }

  async function startEditor(element) {
    const field = element.elements.body, format = element.elements.body_format;
    if (format.value !== "html") field.value = editors.asHtml(field.value);
    format.value = "html";
    await editors.start(field, {
      base: element.dataset.editor,
      label: "Message. Press Ctrl and Enter to send.",
      setup: (editor) => {
        editor.on("input change undo redo ExecCommand", () => drafts.saveSoon(element));
        editor.on("blur", () => drafts.save(element));
        editor.on("keydown", sendByKey);
        // Before the editor makes pictures of them.
        for (const name of ["paste", "drop"]) editor.on(name, (event) => takeFiles(element, event), true);
        editor.on("init", () => readied.get(element)?.(editor));
      },
    });
  }

  function takeFiles(element, event) {
    if (attachments.take(element, event.clipboardData ?? event.dataTransfer)) event.preventDefault();
  }

  function sendByKey(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    document.getElementById("composer-form")?.requestSubmit(document.getElementById("composer-send"));
  }

  function showFormat(element) {
    const isPlain = element.elements.body_format.value === "plain";
    element.querySelector("[data-switch-format]").textContent = isPlain ? "Formatting" : "Plain text";
  }

  function switchFormat(element) {
    const { body, body_format: format } = element.elements;
    element.querySelector("[data-format-note]")?.remove();
    if (format.value === "plain") {
      format.value = "text";
      startEditor(element);
    } else {
      const html = editors.of(body)?.getContent() ?? body.value;
      editors.stop(body);
      format.value = "plain";
      body.value = editors.asText(html);
      if (editors.isFormatted(html)) offerFormatting(element, html);
      body.focus();
    }
    showFormat(element);
    drafts.saveSoon(element);
  }

  function offerFormatting(element, html) {
    // Beside the place that says when the draft was saved, which happens at once.
    const note = document.createElement("span"), undo = document.createElement("button");
    Object.assign(note, { className: "composer-note", role: "status" });
    note.dataset.formatNote = "";
    Object.assign(undo, { type: "button", className: "btn btn-sm", textContent: "Undo" });
    undo.addEventListener("click", () => {
      Object.assign(element.elements.body, { value: html });
      element.elements.body_format.value = "html";
      showFormat(element);
      startEditor(element);
      note.remove();
    });
    note.append("The formatting is gone; the words are all there. ", undo);
    element.querySelector("[data-draft-note]").after(note);
  }

  // Another version of the draft takes the place of what is shown.
  document.addEventListener("drafts:applied", (event) => {
    const element = event.target, { body, body_format: format } = element.elements;
    if (!element.dataset.isReady) return;
    const editor = editors.of(body);
    if (format.value === "plain") editors.stop(body);
    else if (editor) editor.setContent(event.detail.body);
    else startEditor(element);
    if (format.value === "plain") body.value = event.detail.body;
    showFormat(element);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-switch-format]");
    if (button) switchFormat(button.form);
  });

  window.mailhub.formats = { begin, sendByKey };
})();
