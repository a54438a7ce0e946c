// Writing a letter: the editor, the fields that are shown when they are needed, sending and discarding.
(() => {
  "use strict";
  const { drafts, attachments, recipients, formats } = window.mailhub;
  const form = () => document.getElementById("composer-form");
  const DISCARDED = "mailhub.discarded";

  function prepare(element) {
    drafts.begin(element);
    for (const name of ["cc", "bcc"]) if (element.elements[name].value) showLine(element, name);
    formats.begin(element, (editor) => ready(element, editor));
  }

  // Whoever writes in a field already, because the editor took its time, is not moved.
  function ready(element, editor) {
    element.dataset.isReady = "yes";
    if (element.contains(document.activeElement)) return;
    if (element.elements.to.value) editor.focus();
    else recipients.focus(element.elements.to);
    // The editor is taller than the field that it took the place of.
    element.scrollIntoView({ block: "nearest" });
  }

  // --- Lines that are shown when they are needed ------------------------------------------------------------------

  function showLine(element, name) {
    element.querySelector(`[data-line="${name}"]`).removeAttribute("data-line-empty");
    const button = element.querySelector(`[data-show-line="${name}"]`);
    if (button) button.hidden = true;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show-line]");
    if (button) {
      showLine(form(), button.dataset.showLine);
      recipients.focus(form().elements[button.dataset.showLine]);
    }
  });
  document.addEventListener("drafts:applied", (event) => {
    for (const name of ["cc", "bcc"]) if (event.target.elements[name].value) showLine(event.target, name);
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("#composer-form [data-protects]")) return;
    const decided = form().elements.decided;
    decided.value = [...new Set([...decided.value.split(" "), event.target.name])].join(" ").trim();
  });

  // --- Sending --------------------------------------------------------------------------------------------------

  let asked = "";

  // Before the letter leaves, its files are there and no saving is on its way that would come after it.
  document.addEventListener("htmx:confirm", async (event) => {
    const element = event.detail.elt;
    if (element.id !== "composer-form") return;
    event.preventDefault();
    if (element.dataset.isSending) return;
    element.dataset.isSending = "yes";
    const isComplete = await attachments.settled(element);
    await drafts.stateOf(element).running;
    clearTimeout(drafts.stateOf(element).timer);
    if (isComplete) return event.detail.issueRequest(true);
    delete element.dataset.isSending;
    drafts.note(element, "Not sent: a file is not attached. Try it again, or remove it.");
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("#composer-form")) formats.sendByKey(event);
  });
  document.addEventListener("htmx:configRequest", (event) => {
    const element = event.detail.elt.closest("#composer-form");
    if (!element) return;
    const fields = drafts.fieldsOf(element);
    if (element === event.detail.elt) asked = JSON.stringify(fields);
    if (event.detail.parameters.has?.("body")) event.detail.parameters.set("body", fields.body);
    if (element !== event.detail.elt) return;
    for (const name of ["page", "count", "revision"]) event.detail.parameters.set(name, element.elements[name].value);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const element = event.detail.elt;
    if (element.id !== "composer-form") return;
    delete element.dataset.isSending;
    const { xhr } = event.detail;
    // A way to the sign-in page is no way to the letter: what was written then waits for the person to come back.
    if (xhr.getResponseHeader("HX-Redirect")?.includes("#sent-")) settle(element);
    if (xhr.status === 402) drafts.note(element, "Not sent: the account is read-only until its invoice is paid. Your text is kept as a draft.");
    if (xhr.status === 404 || xhr.status === 403) drafts.note(element, "Not sent: you may not write here any more. Copy your text before you leave this page.");
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "composer-head") return;
    document.querySelector("#composer-head [aria-invalid=true]")?.focus();
  });

  // What was changed after the letter had gone is the beginning of another one.
  function settle(element) {
    const isSame = JSON.stringify(drafts.fieldsOf(element)) === asked;
    if (isSame) return drafts.forget(element);
    element.elements.letter_id.value = crypto.randomUUID();
    element.elements.revision.value = 0;
    drafts.save(element, { isLeaving: true, isForced: true });
  }

  // --- Discarding: what was discarded can be taken back from the page that comes next -------------------------------

  async function discard(element, url) {
    drafts.forget(element);
    // A saving that is on its way would bring the draft back.
    await drafts.stateOf(element).running;
    const { discard: address } = drafts.stateOf(element);
    if (address) {
      const body = new URLSearchParams({ csrfmiddlewaretoken: element.elements.csrfmiddlewaretoken.value });
      const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
      if (response?.ok) sessionStorage.setItem(DISCARDED, (await response.json()).undo);
    }
    location.assign(url);
  }

  function offerUndo() {
    const url = sessionStorage.getItem(DISCARDED);
    if (!url) return;
    sessionStorage.removeItem(DISCARDED);
    const detail = { message: "Your text was discarded.", kind: "info", url, label: "Undo" };
    document.dispatchEvent(new CustomEvent("toast", { detail }));
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-discard-draft]");
    if (link && form()) {
      event.preventDefault();
      discard(form(), link.href);
    }
    const undo = event.target.closest('.toast-way-out[href*="/drafts/"][href$="/restore/"]');
    if (!undo) return;
    event.preventDefault();
    window.htmx.ajax("POST", undo.getAttribute("href"), { swap: "none" });
  });

  document.addEventListener("htmx:load", (event) => {
    const element = event.detail.elt.matches?.("#composer-form") ? event.detail.elt : event.detail.elt.querySelector?.("#composer-form");
    if (element && !element.dataset.isPrepared) {
      element.dataset.isPrepared = "yes";
      prepare(element);
    }
  });
  offerUndo();
})();
