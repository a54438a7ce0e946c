// Keeps "5 min ago" true while a page stays open. mailhub/lib/times.py says the same on the server.
(() => {
  "use strict";
  const MINUTE = 60_000;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;
  const MONTH = 30 * DAY;

  function length(distance) {
    if (distance < HOUR) return `${Math.floor(distance / MINUTE)} min`;
    if (distance < DAY) return `${Math.floor(distance / HOUR)} h`;
    const days = Math.floor(distance / DAY);
    return days === 1 ? "1 day" : `${days} days`;
  }

  function relative(when, style) {
    const distance = Math.abs(Date.now() - when);
    const isAhead = when > Date.now();
    if (style === "short") return distance < MINUTE ? "now" : length(distance);
    if (distance < MINUTE) return isAhead ? "in a moment" : "just now";
    return isAhead ? `in ${length(distance)}` : `${length(distance)} ago`;
  }

  function refresh() {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const when = Date.parse(time.dateTime);
      // From a month on the server wrote a date, in the person's time zone.
      if (Math.abs(Date.now() - when) >= MONTH) continue;
      const words = relative(when, time.dataset.ago);
      if (time.textContent !== words) time.textContent = words;
    }
  }

  for (const zone of document.querySelectorAll("input[data-time-zone]")) {
    zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
  setInterval(refresh, 30_000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh();
  });
})();
