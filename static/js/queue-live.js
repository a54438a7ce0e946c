// New mail and counts without reload. The page asks every few seconds whether anything changed, and most times nothing
// has. What changed is put where it belongs, without moving what a person points at, has focused or has selected.
(() => {
  "use strict";
  const EVERY = 5_000;
  // A server that is away is asked less and less often.
  const SELDOM = 60_000;
  const LONGEST = 20_000;

  const list = document.getElementById("mail-list");
  const shownRows = () => document.getElementById("inbox-rows");
  const itemsIn = (root) => [...root.querySelectorAll(".mail-item")];
  const idsIn = (root) => itemsIn(root).map((item) => item.dataset.id);
  const isNarrow = () => matchMedia("(max-width: 899.98px)").matches;
  if (!list) return;

  // --- Asking ---------------------------------------------------------------------------------------------------

  let timer = 0;
  let failures = 0;
  let isAsking = false;

  function plan(delay) {
    clearTimeout(timer);
    timer = setTimeout(ask, delay);
  }

  async function ask() {
    // Nobody looks at a hidden page, so it asks for nothing.
    if (document.hidden || isAsking) return;
    isAsking = true;
    try {
      const asked = shownRows();
      const response = await fetch(addressOf(asked), { signal: AbortSignal.timeout(LONGEST), redirect: "manual" });
      // Signed out, or the list is of a mailbox that one may not use any more: nothing of it may stay on the screen.
      if ([0, 403, 404].includes(response.status)) return leave(response.status);
      if (response.status >= 400) throw new Error(`The server answered ${response.status}.`);
      failures = 0;
      if (response.status === 200) take(await response.text(), asked);
    } catch {
      failures += 1;
    } finally {
      isAsking = false;
    }
    document.getElementById("list-away").hidden = failures < 2;
    plan(Math.min(EVERY * 2 ** failures, SELDOM));
  }

  function addressOf(rows) {
    const url = new URL(rows.dataset.live, location.href);
    url.searchParams.set("seen", (waiting || rows).dataset.seen);
    return url;
  }

  function leave(status) {
    // What somebody is writing beside the list, or could not send any more, stays where it is.
    if (document.querySelector("#composer-form, [data-unsent]:not([hidden])")) {
      shownRows().replaceChildren();
      for (const count of document.querySelectorAll(".view-count")) count.replaceChildren();
      return;
    }
    if (status === 404) location.assign(document.querySelector(".list-search").action);
    else location.reload();
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask();
  });
  // What one does with a conversation shows in its row at once.
  document.addEventListener("conversation-changed", ask);

  // --- Taking what came -----------------------------------------------------------------------------------------

  // The rows that wait until nobody points at the list any more.
  let waiting = null;

  function take(html, asked) {
    // The person went to another list, or did something with this one, in the meantime.
    if (asked !== shownRows()) return;
    const incoming = new DOMParser().parseFromString(html, "text/html");
    for (const part of incoming.querySelectorAll("[hx-swap-oob]")) {
      document.getElementById(part.id)?.replaceChildren(...part.childNodes);
    }
    const rows = document.adoptNode(incoming.getElementById("inbox-rows"));
    const before = idsIn(asked), after = idsIn(rows);
    const isSameOrder = before.length === after.length && before.every((id, place) => id === after[place]);
    if (!isSameOrder && isBusy()) return announce(rows, before, after);
    put(rows);
  }

  function isBusy() {
    const scrolled = isNarrow() ? window.scrollY : list.scrollTop;
    const isPointedAt = list.matches(":hover") || list.contains(document.activeElement);
    return scrolled > 8 || isPointedAt || list.querySelector(".row-check input:checked") !== null;
  }

  function announce(rows, before, after) {
    const news = itemsIn(rows).filter(isNews).length || after.filter((id) => !before.includes(id)).length;
    for (const item of itemsIn(rows)) refresh(item);
    fade(after);
    waiting = rows;
    const bar = document.getElementById("news-bar");
    bar.querySelector("[data-news-count]").textContent = news || 1;
    bar.hidden = false;
  }

  function isNews(item) {
    if (!item.querySelector(".is-unread")) return false;
    return !document.getElementById(`conversation-${item.dataset.id}`)?.classList.contains("is-unread");
  }

  // What is no longer in the list, or may not be seen any more, goes at once; its room stays, so that nothing moves.
  function fade(after) {
    for (const item of itemsIn(shownRows())) {
      if (after.includes(item.dataset.id)) continue;
      const room = document.createElement("li");
      room.className = "mail-gone";
      room.style.height = `${item.offsetHeight}px`;
      item.replaceWith(room);
    }
  }

  // Puts the rows in place: those that are the same stay the very same elements, so focus and selection stay too.
  function put(rows) {
    const known = new Map(itemsIn(shownRows()).map((item) => [item.dataset.id, item]));
    const focused = document.activeElement?.closest(".mail-item")?.dataset.id;
    for (const item of itemsIn(rows)) {
      refresh(item);
      const kept = known.get(item.dataset.id);
      if (kept) item.replaceWith(kept);
    }
    const scrolled = list.scrollTop;
    shownRows().replaceWith(rows);
    list.scrollTop = scrolled;
    settle();
    if (focused) document.getElementById(`conversation-${focused}`)?.focus({ preventScroll: true });
  }

  // Brings one row up to date where it stands.
  function refresh(item) {
    const shown = document.querySelector(`.mail-item[data-id="${item.dataset.id}"]`);
    const row = shown?.querySelector("[data-row]");
    if (!row) return;
    const fresh = item.querySelector("[data-row]");
    const isChosen = row.getAttribute("aria-current") === "true";
    if (row.innerHTML !== fresh.innerHTML) row.replaceChildren(...fresh.cloneNode(true).childNodes);
    row.classList.toggle("is-unread", fresh.classList.contains("is-unread") && !isChosen);
    row.setAttribute("href", fresh.getAttribute("href"));
  }

  function settle() {
    waiting = null;
    document.getElementById("news-bar").hidden = true;
    window.htmx.process(shownRows());
    document.dispatchEvent(new CustomEvent("queue:rows"));
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest("#news-bar") || !waiting) return;
    put(waiting);
    list.scrollTop = 0;
    if (isNarrow()) window.scrollTo(0, 0);
  });

  // What was done with several conversations brought the rows as they are now.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "inbox-rows") settle();
  });

  plan(EVERY);
})();
