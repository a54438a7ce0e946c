// What htmx requests look like while they run, and what a person learns when one does not work.
(() => {
  "use strict";
  const WORDS = {
    0: "The server cannot be reached. Check the connection and try again.",
    400: "The request was not understood.",
    403: "You may not do this. If you signed in elsewhere meanwhile, reload the page.",
    404: "This is no longer there.",
    409: "Someone else changed this meanwhile.",
    413: "This is too large.",
    429: "Too many requests. Wait a moment and try again.",
  };

  // A read-only account (402) says by itself why nothing was changed.
  const SAYS_WHY = 402;

  function complain(status) {
    if (status === SAYS_WHY) return;
    const message = WORDS[status] || `Something went wrong on our side (${status}). Try again.`;
    // Nobody is led away from a letter that cannot be saved any more.
    const isOffered = status !== 0 && !document.getElementById("composer-form");
    const wayOut = isOffered ? { url: location.href, label: "Reload the page" } : {};
    document.dispatchEvent(new CustomEvent("toast", { detail: { message, kind: "error", ...wayOut } }));
  }

  function buttonsOf(element) {
    if (element.matches("button, a.btn")) return [element];
    return element.matches("form") ? [...element.querySelectorAll('button[type="submit"], button:not([type])')] : [];
  }

  function setBusy(element, submitter) {
    const button = submitter || buttonsOf(element)[0];
    if (button) button.setAttribute("aria-busy", "true");
    for (const one of buttonsOf(element)) {
      if ("disabled" in one && !one.disabled) {
        // A button that is disabled loses the focus, and with it the keys of its menu.
        if (one === document.activeElement) one.dataset.hadFocus = "";
        one.disabled = true;
        one.dataset.wasEnabled = "";
      }
    }
  }

  function setIdle(element) {
    for (const one of [element, ...element.querySelectorAll("button, a.btn")]) {
      one.removeAttribute("aria-busy");
      if ("wasEnabled" in one.dataset) {
        one.disabled = false;
        delete one.dataset.wasEnabled;
        if ("hadFocus" in one.dataset && document.activeElement === document.body) one.focus({ preventScroll: true });
        delete one.dataset.hadFocus;
      }
    }
  }

  document.addEventListener("htmx:beforeSend", (event) => {
    setBusy(event.detail.elt, event.detail.requestConfig.triggeringEvent?.submitter);
  });
  document.addEventListener("htmx:afterRequest", (event) => setIdle(event.detail.elt));
  document.addEventListener("htmx:responseError", (event) => complain(event.detail.xhr.status));
  document.addEventListener("htmx:sendError", () => complain(0));
  document.addEventListener("htmx:timeout", () => complain(0));
  document.addEventListener("htmx:swapError", () => complain(500));

  // An ordinary form: its button waits for the next page, and is usable again when the person comes back to this one.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || form.target) return;
    // A download leaves the page where it is.
    if (event.submitter?.matches("[data-download]")) return;
    // Later, because a disabled button would not be part of what is sent.
    setTimeout(() => setBusy(form, event.submitter));
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) setIdle(document.body);
  });
})();
