// Counts down how long a sending can be undone, in its message and at the edge of the page, and undoes it with the key z.
// The seconds come from the server with each page, so a clock that is wrong here does no harm.
(() => {
  "use strict";
  const ends = new WeakMap();

  function prepare(root) {
    for (const shown of root.querySelectorAll("[data-countdown]")) {
      ends.set(shown, performance.now() + Number(shown.dataset.countdown) * 1000);
    }
  }

  function end(shown) {
    const offer = shown.closest("[data-undo-offer]");
    if (offer) return offer.remove();
    shown.textContent = "a moment";
    // From here on the server says how far it has come.
    shown.closest(".departure")?.querySelector("[data-undo]")?.remove();
    const states = shown.closest("[hx-get]");
    if (states) window.htmx?.trigger(states, "left");
  }

  function count() {
    for (const shown of document.querySelectorAll("[data-countdown]")) {
      if (!ends.has(shown)) prepare(shown.parentElement);
      const seconds = (ends.get(shown) - performance.now()) / 1000;
      if (seconds <= 0 && shown.dataset.countdown) {
        shown.dataset.countdown = "";
        end(shown);
      } else if (seconds > 0) {
        const words = `${Math.ceil(seconds)} s`;
        if (shown.textContent !== words) shown.textContent = words;
      }
    }
  }

  function isTyping(target) {
    return target.isContentEditable || target.closest("input, textarea, select, dialog[open], [role=menu]") !== null;
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "z" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target)) return;
    const form = document.querySelector("[data-undo-offer] form, form[data-undo]");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit();
  });

  document.addEventListener("click", (event) => {
    event.target.closest("[data-undo-dismiss]")?.closest("[data-undo-offer]").remove();
  });
  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
  prepare(document);
  count();
  setInterval(count, 250);
})();
