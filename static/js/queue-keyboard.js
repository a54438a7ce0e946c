// The keyboard of the queue. A key does what it says with the selected conversations, else with the one that is open,
// else with the row that has the focus. The places of the site (g, c, /, ?) are in app.js.
(() => {
  "use strict";
  const isNarrow = () => matchMedia("(max-width: 899.98px)").matches;
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const pane = () => document.querySelector("[data-conversation]");
  const bar = () => document.getElementById("bulk-form");
  const focusedRow = () => document.activeElement?.closest?.(".mail-item")?.querySelector("[data-row]") ?? null;
  const isSelecting = () => bar() !== null && !bar().hidden;

  // --- Moving ---------------------------------------------------------------------------------------------------

  // Whoever runs through the list does not open every conversation on the way.
  const PAUSE = 150;
  let opening = 0;

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const chosen = all.find((row) => row.getAttribute("aria-current") === "true");
    const from = all.indexOf(focusedRow() ?? chosen);
    const next = all[Math.max(0, Math.min(all.length - 1, from < 0 ? 0 : from + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    clearTimeout(opening);
    // Beside an open conversation the next one takes its place; a letter that is being written stays.
    if (!pane() || isNarrow() || isSelecting() || document.getElementById("composer-form")) return;
    opening = setTimeout(() => {
      if (document.activeElement === next && next !== chosen) next.click();
    }, PAUSE);
  }

  // --- Doing ----------------------------------------------------------------------------------------------------

  function inPane(selector) {
    const found = document.querySelector(`#conversation ${selector}`);
    if (!found) return false;
    const menu = found.closest("details");
    if (found.matches("details, summary") && menu) open(menu);
    else found.click();
    return true;
  }

  function open(menu) {
    menu.open = true;
    menu.querySelector("summary").focus();
    enter(menu);
  }

  // The first choice gets the focus, as soon as it is there.
  function enter(menu) {
    const first = menu.querySelector(".menu-items :is(button, input:not([type=hidden]), select, a[href])");
    if (first && !first.closest(".menu-wait")) first.focus();
    else menu.addEventListener("htmx:afterSettle", () => enter(menu), { once: true });
  }

  // What is done with many is done with the one row, too, that has the focus.
  function inBar(key) {
    const control = bar()?.querySelector(`[data-bulk-menu="${key}"], [data-bulk-key="${key}"]`);
    if (!control) return;
    if (!isSelecting()) {
      const row = focusedRow();
      if (!row) return;
      document.dispatchEvent(new CustomEvent("queue:select", { detail: { row, isOn: true } }));
    }
    if (control.matches("details")) open(control);
    else control.click();
  }

  function act(key, selector) {
    if (isSelecting() || !pane() || !inPane(selector)) inBar(key);
  }

  function undo() {
    const offers = document.querySelectorAll("#toasts [data-undo], #toasts .toast-form button, #toasts [hx-post]");
    offers[offers.length - 1]?.click();
  }

  function select() {
    const row = focusedRow() ?? document.querySelector("[data-row][aria-current]");
    if (!row) return;
    if (!focusedRow()) row.focus();
    document.dispatchEvent(new CustomEvent("queue:select", { detail: { row } }));
  }

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    o: () => focusedRow()?.click(),
    e: () => act("e", "[data-close-conversation]"),
    r: () => inPane("[data-reply]"),
    R: () => inPane("[data-reply-all]"),
    f: () => inPane("[data-forward]"),
    n: () => inPane("[data-note]"),
    a: () => act("a", '[data-key="a"]'),
    s: () => act("s", '[data-key="s"]'),
    t: () => act("t", '[data-key="t"]'),
    l: () => act("l", '[data-key="l"]'),
    u: () => act("u", '[data-key="u"]'),
    x: select,
    z: undo,
  };

  function isTyping(target) {
    const field = "input:not([type=checkbox]), textarea, select, dialog[open], [role=menu], [popover]:popover-open";
    return target.isContentEditable || target.closest(field) !== null;
  }

  // --- Listening ------------------------------------------------------------------------------------------------

  let goingUntil = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
    // "g" begins a way to another list; the letter behind it means the list.
    if (event.timeStamp < goingUntil) {
      goingUntil = 0;
      document.querySelector(`[data-go="${CSS.escape(event.key)}"]`)?.click();
      return;
    }
    if (event.key === "g") {
      goingUntil = event.timeStamp + 1500;
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      moveInMenu(event);
      return;
    }
    if (!(event.key in KEYS)) return;
    event.preventDefault();
    KEYS[event.key]();
  });

  // In an open menu the arrows go from choice to choice.
  function moveInMenu(event) {
    const menu = event.target.closest("details[data-menu][open]");
    if (!menu) return;
    const choices = [...menu.querySelectorAll(".menu-items :is(button, a[href])")].filter((one) => one.offsetParent);
    const step = event.key === "ArrowDown" ? 1 : -1;
    const next = choices[choices.indexOf(document.activeElement) + step];
    event.preventDefault();
    next?.focus();
  }
})();
