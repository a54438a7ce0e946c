// Selecting contacts, and the bar with what can be done with them. The rows come anew while somebody searches.
(() => {
  "use strict";
  const form = () => document.querySelector("[data-contact-rows]");
  const boxes = () => [...form().querySelectorAll("input[name=contact]")];
  let anchor = null;

  function show() {
    const bar = form().querySelector("[data-bulk]");
    const all = form().querySelector("[data-select-all]");
    const everything = form().querySelector("[data-everything]");
    const count = boxes().filter((box) => box.checked).length;
    bar.hidden = count === 0;
    bar.querySelector("[data-selected-count]").textContent = count;
    if (!all) return;
    all.checked = count > 0 && count === boxes().length;
    all.indeterminate = count > 0 && !all.checked;
    // "All of them" means more than this page only while all of this page are selected.
    if (everything && !all.checked) everything.checked = false;
  }

  function select(box, isRange) {
    const rows = boxes();
    if (isRange && anchor && rows.includes(anchor)) {
      const [first, last] = [rows.indexOf(anchor), rows.indexOf(box)].sort((a, b) => a - b);
      for (const one of rows.slice(first, last + 1)) one.checked = box.checked;
    }
    anchor = box;
    show();
  }

  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-contact-rows] input[name=contact]");
    if (box) select(box, event.shiftKey);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-all]")) {
      for (const box of boxes()) box.checked = event.target.checked;
      show();
    }
    if (event.target.matches("[data-everything]") && event.target.checked) {
      for (const box of boxes()) box.checked = true;
      show();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !form() || event.target.closest("dialog[open], .dropdown-menu, input[type=search]")) return;
    for (const box of boxes()) box.checked = false;
    show();
  });

  // What was searched for is what is exported, too.
  document.addEventListener("htmx:pushedIntoHistory", () => {
    const asked = new URLSearchParams(location.search);
    asked.delete("after");
    for (const link of document.querySelectorAll("[data-export]")) {
      const url = new URL(link.href);
      if (url.searchParams.has("excel")) asked.set("excel", "1"); else asked.delete("excel");
      link.href = `${url.pathname}${asked.size ? `?${asked}` : ""}`;
    }
  });

  // A page that the browser kept comes back with its boxes ticked.
  window.addEventListener("pageshow", () => { if (form()) show(); });
})();
