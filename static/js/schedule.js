// The hours of a week as they are typed, days that are picked, and the picture of a ramp-up.
(() => {
  "use strict";
  const DAY = 24 * 60;
  const SVG = "http://www.w3.org/2000/svg";

  // "9", "930", "9.30" and "9:30 pm", as sequences/schedule/reading.py reads them; null for anything else.
  function minutesOf(written) {
    const found = /^(\d{1,2})(?:[:.h ]?(\d{2}))?\s*(am|pm)?$/.exec(written.trim().toLowerCase());
    if (!found) return null;
    let hours = Number(found[1]);
    const minutes = Number(found[2] || 0);
    if (found[3]) {
      if (hours < 1 || hours > 12) return null;
      hours = (hours % 12) + (found[3] === "pm" ? 12 : 0);
    }
    return minutes > 59 || hours * 60 + minutes > DAY ? null : hours * 60 + minutes;
  }

  function clock(minutes) {
    return [Math.floor(minutes / 60), minutes % 60].map((one) => String(one).padStart(2, "0")).join(":");
  }

  const slotsOf = (day) => [...day.querySelectorAll("[data-slot]")];
  const clocksOf = (part) => [...part.querySelectorAll("[data-clock]")];

  function rect(values) {
    const shape = document.createElementNS(SVG, "rect");
    for (const [name, value] of Object.entries(values)) shape.setAttribute(name, value);
    return shape;
  }

  function drawDay(day) {
    const strip = day.querySelector("[data-strip]");
    strip.replaceChildren();
    for (const slot of slotsOf(day)) {
      const [from, to] = clocksOf(slot).map((one) => minutesOf(one.value));
      const ends = to === 0 ? DAY : to;
      if (from === null || ends === null || ends <= from) continue;
      const share = (minutes) => `${(minutes / DAY) * 100}%`;
      strip.append(rect({ x: share(from), y: 0, width: share(ends - from), height: 20, rx: 3 }));
    }
  }

  // Only as many as are needed, and one more while there is room.
  function arrange(day) {
    const slots = slotsOf(day);
    day.querySelector("[data-more-hours]").disabled = slots.every((one) => !one.hidden);
    drawDay(day);
  }

  function addHours(day) {
    const spare = slotsOf(day).find((one) => one.hidden);
    if (!spare) return;
    spare.hidden = false;
    clocksOf(spare)[0].focus();
    arrange(day);
  }

  function removeHours(slot) {
    const day = slot.closest("[data-day]");
    for (const one of clocksOf(slot)) one.value = "";
    slot.hidden = true;
    arrange(day);
    day.querySelector("[data-more-hours]").focus();
  }

  function copyHours(day) {
    const hours = slotsOf(day).map((slot) => clocksOf(slot).map((one) => one.value));
    for (const other of day.closest("[data-week]").querySelectorAll("[data-working]")) {
      slotsOf(other).forEach((slot, number) => {
        clocksOf(slot).forEach((one, part) => { one.value = hours[number][part]; });
        slot.hidden = number > 0 && hours[number].every((one) => one === "");
      });
      arrange(other);
    }
  }

  function addDays(picker) {
    const [first, last] = ["first", "last"].map((name) => picker.querySelector(`[data-${name}-day]`));
    if (!first.value) return first.focus();
    const text = picker.closest("form").querySelector("[data-days]");
    const line = last.value && last.value !== first.value ? `${first.value} to ${last.value}` : first.value;
    text.value = [text.value.trim(), line].filter(Boolean).join("\n");
    text.dispatchEvent(new Event("input", { bubbles: true }));
    first.value = last.value = "";
    first.focus();
  }

  function drawRamp(form) {
    const field = (name) => form.elements[name];
    const part = form.querySelector("[data-ramp]");
    part.hidden = !field("is_ramped").checked;
    const [most, first, more] = ["per_day", "ramp_from", "ramp_by"].map((name) => Number(field(name).value));
    const plot = part.querySelector("[data-ramp-plot]");
    const words = part.querySelector("[data-ramp-words]");
    plot.replaceChildren();
    words.textContent = "";
    const begins = field("ramp_starts_on").valueAsNumber;
    if (!(most >= first && first >= 1 && more >= 1) || Number.isNaN(begins)) return;
    const length = Math.ceil((most - first) / more) + 1;
    const shown = Math.min(length, 40);
    for (let number = 0; number < shown; number += 1) {
      const height = (Math.min(most, first + number * more) / Math.min(most, first + (shown - 1) * more)) * 68;
      const room = 100 / shown;
      const bar = { x: `${(number + 0.15) * room}%`, y: 72 - height, width: `${0.7 * room}%`, height };
      plot.append(rect({ ...bar, class: "series-0" }));
    }
    const full = new Date(begins + (length - 1) * DAY * 60_000);
    const style = { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
    words.textContent = `All of it may leave from ${full.toLocaleDateString("en-GB", style)} on.`;
  }

  document.addEventListener("click", (event) => {
    const pressed = (name) => event.target.closest(`[data-${name}]`);
    const day = event.target.closest("[data-day]");
    if (pressed("more-hours")) addHours(day);
    else if (pressed("fewer-hours")) removeHours(event.target.closest("[data-slot]"));
    else if (pressed("add-days")) addDays(event.target.closest("[data-day-picker]"));
    else if (pressed("copy-hours")) {
      event.preventDefault();
      copyHours(day);
    }
  });
  document.addEventListener("input", (event) => {
    const day = event.target.closest("[data-day]");
    if (day) drawDay(day);
    const form = event.target.closest("[data-limit]");
    if (form) drawRamp(form);
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-clock]")) return;
    const minutes = minutesOf(event.target.value);
    if (minutes !== null) event.target.value = clock(minutes);
  });
  for (const day of document.querySelectorAll("[data-day]")) arrange(day);
  for (const picker of document.querySelectorAll("[data-day-picker]")) picker.hidden = false;
  for (const form of document.querySelectorAll("[data-limit]")) drawRamp(form);
})();
