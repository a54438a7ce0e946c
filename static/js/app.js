// Dialogs, copying, and the keyboard.
(() => {
  "use strict";

  // --- Dialogs: native ones, so the browser keeps the focus inside and gives it back ------------------------------

  function openDialog(id) {
    const dialog = document.getElementById(id);
    if (dialog && !dialog.open) dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      event.target.closest("dialog[open]")?.close();
      openDialog(opener.dataset.dialog);
      return;
    }
    if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog").close();
    // The page before, with all that was typed there.
    if (event.target.closest("[data-go-back]")) history.back();
    // A click on the backdrop has the dialog itself as its target.
    if (event.target.matches("dialog[open]") && isOutside(event)) event.target.close();
  });

  function isOutside(event) {
    const box = event.target.getBoundingClientRect();
    const { clientX: x, clientY: y } = event;
    return x < box.left || x > box.right || y < box.top || y > box.bottom;
  }

  document.addEventListener("htmx:load", (event) => {
    for (const dialog of event.detail.elt.querySelectorAll("dialog[data-dialog-open]")) openDialog(dialog.id);
  });
  for (const dialog of document.querySelectorAll("dialog[data-dialog-open]")) openDialog(dialog.id);

  // --- Parts that ask again by themselves: nobody looks at a hidden page, so it asks for nothing --------------------

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.detail.elt.matches("[data-poll]")) event.preventDefault();
  });

  // --- Copying -------------------------------------------------------------------------------------------------

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    let detail = { message: "Copied.", kind: "success" };
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      detail = { message: `Your browser did not let us copy. Copy it by hand: ${button.dataset.copy}`, kind: "error" };
    }
    document.dispatchEvent(new CustomEvent("toast", { detail }));
  });

  // --- Tabs that do not all fit: the current one is never behind the edge --------------------------------------------

  for (const tabs of document.querySelectorAll(".tabs")) {
    const current = tabs.querySelector("[aria-current]");
    if (current) tabs.scrollLeft = current.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - current.offsetWidth) / 2;
  }

  // --- A draft is forgotten by the page that says that it was saved ------------------------------------------------

  for (const saved of document.querySelectorAll("[data-saved-draft]")) sessionStorage.removeItem(saved.dataset.savedDraft);

  // --- Signing out: what was being written does not stay on a shared computer -------------------------------------

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[action$='/accounts/logout/']")) return;
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith("mailhub.draft.")) localStorage.removeItem(key);
    }
  });

  // --- The keyboard --------------------------------------------------------------------------------------------

  const search = () => document.querySelector("[data-search]");
  let isGoing = false;

  const HINTS = {
    "/": () => search()?.focus(),
    "?": () => openDialog("keyboard-help"),
    c: () => follow("compose"),
  };
  const PLACES = { i: "inbox", m: "mailboxes", s: "sequences", t: "contacts" };

  function follow(place) {
    document.querySelector(`[data-place="${place}"]`)?.click();
  }

  function isTyping(target) {
    return target.isContentEditable || target.closest("input, textarea, select, dialog[open], [role=menu]") !== null;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (isGoing) {
      isGoing = false;
      if (event.key in PLACES) follow(PLACES[event.key]);
      return;
    }
    if (event.key === "g") {
      isGoing = true;
      setTimeout(() => { isGoing = false; }, 1500);
      return;
    }
    const hint = HINTS[event.key];
    if (!hint) return;
    event.preventDefault();
    hint();
  });

  for (const row of document.querySelectorAll("[data-needs-search]")) row.hidden = search() === null;
})();
