// The bell: how much is new, a toast for each new thing, and, where a person wants it, a note of the browser itself.
(() => {
  "use strict";
  const EVERY = 15000;
  const EVERY_WHEN_HIDDEN = 60000;
  const WANTED = "mailhub.desktop-notifications";
  const bell = document.querySelector("[data-bell]");

  const isWanted = () => localStorage.getItem(WANTED) === "on";
  const mayShow = () => "Notification" in window && Notification.permission === "granted" && isWanted();

  // --- What is new ----------------------------------------------------------------------------------------------

  let timer = null;
  let isAsking = false;

  async function ask() {
    if (isAsking || (document.hidden && !mayShow())) return;
    isAsking = true;
    try {
      const url = `${bell.dataset.liveUrl}?known=${encodeURIComponent(bell.dataset.known)}`;
      const answer = await fetch(url, { headers: { Accept: "application/json" }, redirect: "manual" });
      if (answer.status === 200) tell(await answer.json());
      // Signed out, or not allowed any more: the next page says so.
      if (answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status)) stop();
    } catch {
      // No network at this moment: the next round asks again.
    } finally {
      isAsking = false;
    }
  }

  function tell({ mark, count, news }) {
    bell.dataset.known = mark;
    showCount(count);
    for (const one of news) {
      if (document.hidden && mayShow()) showOnDesktop(one);
      else if (location.pathname !== one.url) {
        const message = `${one.happened}: ${one.subject}`;
        document.dispatchEvent(new CustomEvent("toast", { detail: { message, url: one.url, label: "Open" } }));
      }
    }
    const menu = document.getElementById("bell-menu");
    if (menu.classList.contains("show")) bell.querySelector("button").dispatchEvent(new Event("refresh"));
  }

  function showCount(count) {
    for (const place of document.querySelectorAll("[data-news-badge]")) {
      if (!count) {
        place.replaceChildren();
        continue;
      }
      const badge = Object.assign(document.createElement("span"), { className: place.dataset.newsBadge });
      const word = Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: " unread" });
      badge.append(count, word);
      place.replaceChildren(badge);
    }
  }

  function showOnDesktop({ id, happened, subject, url }) {
    // The tag keeps several open tabs from showing the same.
    const note = new Notification(happened, { body: subject, tag: id });
    note.addEventListener("click", () => {
      window.focus();
      location.assign(url);
      note.close();
    });
  }

  function start() {
    clearInterval(timer);
    timer = setInterval(ask, document.hidden ? EVERY_WHEN_HIDDEN : EVERY);
  }

  function stop() {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", wake);
  }

  function wake() {
    if (!document.hidden) ask();
    start();
  }

  if (bell) {
    document.addEventListener("visibilitychange", wake);
    // What was read in this page, or with a conversation that was opened, leaves the count.
    document.addEventListener("htmx:afterSettle", (event) => {
      if (event.detail.target.matches?.("#conversation, #bell-menu, .news-item")) ask();
    });
    start();
  }

  // --- The switch of the browser's own notes --------------------------------------------------------------------

  const panel = document.querySelector("[data-desktop]");

  function showSwitch() {
    const isOn = mayShow();
    const button = panel.querySelector("[data-desktop-switch]");
    button.setAttribute("aria-pressed", String(isOn));
    panel.querySelector("[data-desktop-words]").textContent = isOn ? "Do not show notifications" : "Show notifications";
    button.hidden = Notification.permission === "denied";
    panel.querySelector("[data-desktop-refused]").hidden = Notification.permission !== "denied";
  }

  if (panel && "Notification" in window) {
    panel.hidden = false;
    showSwitch();
    panel.querySelector("[data-desktop-switch]").addEventListener("click", async () => {
      const isOn = mayShow();
      if (!isOn && Notification.permission !== "granted") await Notification.requestPermission();
      localStorage.setItem(WANTED, isOn ? "off" : "on");
      showSwitch();
    });
  }
})();
