// Picking contacts out of what a search finds: who was picked stays above while somebody searches on.
(() => {
  "use strict";
  const picked = () => document.querySelector("[data-picked]");
  const isPicked = (field) => (field.type === "checkbox" ? field.checked : field.value !== "");

  function settle(row) {
    const field = row.querySelector("input, select");
    if (isPicked(field) && row.parentElement !== picked()) {
      picked().append(row);
      // It keeps the focus where it went.
      field.focus({ preventScroll: true });
    }
  }

  // Who stands above is not found a second time.
  function leaveOut() {
    const above = new Set([...picked().querySelectorAll("[data-pick]")].map((row) => row.dataset.pick));
    for (const row of document.querySelectorAll("#found [data-pick]")) if (above.has(row.dataset.pick)) row.remove();
  }

  document.addEventListener("change", (event) => {
    const row = event.target.closest("[data-pick]");
    if (row && picked()) settle(row);
  });
  document.addEventListener("keydown", (event) => {
    // In the middle of a form, Enter would send all of it.
    if (event.key === "Enter" && event.target.matches("[data-seek]")) event.preventDefault();
  });
  document.addEventListener("htmx:afterSettle", () => { if (picked()) leaveOut(); });
  if (picked()) leaveOut();
})();
