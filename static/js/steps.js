// The preview beside the steps of a sequence: of the text that is chosen, or of what is being written.
(() => {
  "use strict";
  const PAUSE = 600;
  const form = document.getElementById("preview-form");
  if (!form) return;
  const written = document.getElementById("step-form");

  // --- Steps: the eye of a text shows it beside them ----------------------------------------------------------------

  function mark(id) {
    for (const link of document.querySelectorAll("[data-preview]")) {
      if (link.dataset.preview === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-preview]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    form.elements.variant.value = link.dataset.preview;
    mark(link.dataset.preview);
    window.htmx.trigger(form, "change");
    const isBelow = form.getBoundingClientRect().top > window.innerHeight || form.getBoundingClientRect().bottom < 0;
    if (isBelow) document.getElementById("preview").scrollIntoView({ behavior: "smooth" });
  });
  form.elements.variant?.addEventListener("change", (event) => mark(event.target.value));
  if (form.elements.variant) mark(form.elements.variant.value);

  // --- The editor: what is written is shown as soon as one pauses ---------------------------------------------------

  if (!written) return;
  let timer = 0;

  function showSoon(after = PAUSE) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // Nothing is wrong with a text that is not there yet.
      if (written.elements.body.value.trim()) window.htmx.trigger(form, "show");
      else document.getElementById("preview-shown").replaceChildren(hint());
    }, after);
  }

  function hint() {
    const words = document.createElement("p");
    words.className = "muted";
    words.textContent = "Write the mail: what a contact gets is shown here.";
    return words;
  }

  written.addEventListener("input", () => showSoon());
  // Keys that are pressed in the editor stay in its frame.
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const field = target.querySelector("textarea");
      if (!target.dataset.isReady || !field) continue;
      window.mailhub.editor.of(field)?.on("input change undo redo ExecCommand", () => showSoon());
      showSoon(0);
    }
  }).observe(written, { attributes: true, attributeFilter: ["data-is-ready"], subtree: true });
})();
