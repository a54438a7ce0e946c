// Short notes at the edge of the page. A response shows one with the header
//   HX-Trigger: {"toast": {"message": "Saved.", "kind": "success"}}
// and a script with  document.dispatchEvent(new CustomEvent("toast", {detail: {message, kind, url, label}})).
(() => {
  "use strict";
  const STAYS = 6000; // Errors stay until they are dismissed.

  function show({ message, kind = "info", url = "", label = "" }) {
    const template = document.getElementById("toast-template");
    const toast = template.content.firstElementChild.cloneNode(true);
    toast.classList.add(`toast-${kind}`);
    for (const icon of toast.querySelectorAll("[data-toast-icon]")) {
      if (icon.dataset.toastIcon !== kind) icon.remove();
    }
    toast.querySelector(".toast-words").textContent = message;
    if (url) {
      const way = toast.querySelector(".toast-way-out");
      way.href = url;
      way.textContent = label;
      way.hidden = false;
    }
    const box = document.getElementById("toasts");
    for (const shown of box.querySelectorAll(".toast-words")) {
      if (shown.textContent === message) shown.closest("[data-toast]").remove();
    }
    box.append(toast);
    leaveLater(toast);
  }

  function leaveLater(toast) {
    if (toast.classList.contains("toast-error")) return;
    let timer = setTimeout(() => toast.remove(), STAYS);
    toast.addEventListener("mouseenter", () => clearTimeout(timer));
    toast.addEventListener("focusin", () => clearTimeout(timer));
    toast.addEventListener("mouseleave", () => {
      timer = setTimeout(() => toast.remove(), STAYS);
    });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-toast-close]");
    if (button) button.closest("[data-toast]").remove();
  });
  document.addEventListener("toast", (event) => show(event.detail));
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target.id !== "toasts") return;
    for (const toast of event.detail.target.querySelectorAll("[data-toast]")) leaveLater(toast);
  });
  for (const toast of document.querySelectorAll("[data-toast]")) leaveLater(toast);
})();
