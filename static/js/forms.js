// Passwords that can be shown, and deletions that want a name typed.
(() => {
  "use strict";

  function toggleReveal(button) {
    const input = document.getElementById(button.dataset.reveal);
    const isShown = input.type === "password";
    input.type = isShown ? "text" : "password";
    button.setAttribute("aria-pressed", String(isShown));
    const use = button.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, isShown ? "#tabler-eye-off" : "#tabler-eye"));
  }

  function guard(form) {
    const matches = form.elements.confirm.value === form.dataset.confirmName;
    form.querySelector("[data-confirm-button]").disabled = !matches;
  }

  function prepare(root) {
    for (const form of root.querySelectorAll("[data-confirm-name]")) guard(form);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reveal]");
    if (button) toggleReveal(button);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-confirm-name]");
    if (form) guard(form);
  });
  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
  prepare(document);
})();
