// Selecting conversations, and the bar with what can be done with them.
(() => {
  "use strict";
  const bar = document.getElementById("bulk-form");
  if (!bar) return;
  const list = document.getElementById("mail-list");
  const boxes = () => [...list.querySelectorAll(".row-check input")];
  const selected = () => boxes().filter((box) => box.checked);
  const all = bar.querySelector("[data-select-all]");
  const mode = document.querySelector("[data-select-mode]");

  // Where a range begins, and what is selected, by their ids: rows come and go.
  let anchor = "";
  let chosen = new Set();

  function show() {
    const count = selected().length;
    chosen = new Set(selected().map((box) => box.value));
    for (const box of boxes()) box.closest(".mail-item").classList.toggle("is-selected", box.checked);
    bar.hidden = count === 0;
    list.classList.toggle("is-selecting", count > 0 || mode.getAttribute("aria-pressed") === "true");
    bar.querySelector("[data-selected-count]").textContent = count;
    all.checked = count > 0 && count === boxes().length;
    all.indeterminate = count > 0 && !all.checked;
    showMerge(selected().map((box) => box.value));
  }

  function showMerge(ids) {
    const link = bar.querySelector("[data-bulk-merge]");
    link.hidden = ids.length !== 2;
    if (link.hidden) return;
    // The older one goes into the newer one, which stands above it.
    const row = document.getElementById(`conversation-${ids[1]}`);
    link.href = `${new URL(row.href).pathname}merge/?into=${ids[0]}`;
  }

  function select(box, isOn) {
    box.checked = isOn;
  }

  function toggle(box, isRange) {
    const from = isRange && boxes().find((one) => one.value === anchor);
    if (from) {
      const all = boxes();
      const [first, last] = [all.indexOf(from), all.indexOf(box)].sort((a, b) => a - b);
      for (const one of all.slice(first, last + 1)) select(one, box.checked);
    }
    anchor = box.value;
    show();
  }

  function clear() {
    for (const box of boxes()) select(box, false);
    mode.setAttribute("aria-pressed", "false");
    show();
  }

  list.addEventListener("click", (event) => {
    const box = event.target.closest(".row-check input");
    if (box) toggle(box, event.shiftKey);
    // While one selects with a finger, the whole row is the box.
    const row = mode.getAttribute("aria-pressed") === "true" && event.target.closest("[data-row]");
    if (!row) return;
    event.preventDefault();
    event.stopPropagation();
    row.closest(".mail-item").querySelector(".row-check input").click();
  }, true);

  all.addEventListener("change", () => {
    for (const box of boxes()) select(box, all.checked);
    show();
  });
  bar.querySelector("[data-select-none]").addEventListener("click", clear);
  mode.addEventListener("click", () => {
    mode.setAttribute("aria-pressed", String(mode.getAttribute("aria-pressed") !== "true"));
    show();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || bar.hidden) return;
    if (event.target.closest("dialog[open], input:not([type=checkbox]), textarea, select")) return;
    clear();
  });

  // A letter from the keyboard selects the row that has the focus.
  document.addEventListener("queue:select", (event) => {
    const box = event.detail.row.closest(".mail-item").querySelector(".row-check input");
    select(box, event.detail.isOn ?? !box.checked);
    anchor = box.value;
    show();
  });

  // The rows are new ones: what was selected stays so, as far as it is still there.
  document.addEventListener("queue:rows", () => {
    for (const box of boxes()) select(box, chosen.has(box.value));
    show();
  });

  // Done: nothing is selected any more, and the conversation that is open shows what was done with it.
  document.addEventListener("bulk-done", (event) => {
    for (const menu of bar.querySelectorAll("details[open]")) menu.open = false;
    // The way back is to what was done last.
    for (const offer of document.querySelectorAll("#toasts [data-undo]")) offer.closest("[data-toast]").remove();
    clear();
    const open = document.querySelector("[data-conversation]");
    if (!open || document.getElementById("composer-form")) return;
    const row = document.getElementById(`conversation-${open.dataset.conversation}`);
    if (event.detail.ids.includes(open.dataset.conversation) && row) row.click();
  });

  show();
})();
