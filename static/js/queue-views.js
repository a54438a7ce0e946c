// The views beside the list, and the filter menu.
(() => {
  "use strict";
  const KEY = "mailhub.views.";

  // --- Which groups are open stays as it was left ------------------------------------------------------------------

  for (const group of document.querySelectorAll("[data-view-group]")) {
    const kept = localStorage.getItem(KEY + group.dataset.viewGroup);
    if (kept && !group.querySelector("[aria-current]")) group.open = kept === "open";
    group.addEventListener("toggle", () => {
      localStorage.setItem(KEY + group.dataset.viewGroup, group.open ? "open" : "closed");
    });
  }

  // --- An address holds only what was chosen -----------------------------------------------------------------------

  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("[data-sparse]")) return;
    for (const [name, value] of [...event.formData]) {
      if (value === "") event.formData.delete(name);
      // A search looks at every status unless one is chosen; the list without one shows what is open.
      if (name === "status" && value === (event.formData.get("q") ? "all" : "open")) event.formData.delete(name);
      if (value === "on") event.formData.set(name, "1");
    }
  });
})();
