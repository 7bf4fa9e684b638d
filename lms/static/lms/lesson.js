// What the lesson page does better with a script: attended time, unsaved text, arrow keys, leaving quickly.
const form = document.querySelector("#lesson-form");
const inField = (target) => target.closest("input, textarea, select, button, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || inField(event.target)) return;
  document.querySelector(`[data-key="${event.key}"]`)?.click();
});

document.querySelector("[data-leave]")?.addEventListener("click", (event) => {
  event.preventDefault();
  sessionStorage.clear();
  location.replace(event.currentTarget.href);
});

if (form) {
  const state = form.querySelector("[data-state]");
  const place = `lms:${location.pathname}:`;
  form.elements.script.value = "1";

  // Unsaved text lives in this tab only, and goes when it is saved.
  if (new URLSearchParams(location.search).has("saved")) sessionStorage.clear();
  for (const area of form.querySelectorAll("textarea")) {
    area.value = sessionStorage.getItem(place + area.name) ?? area.value;
    area.addEventListener("input", () => sessionStorage.setItem(place + area.name, area.value));
  }
  const tell = () => { state.textContent = navigator.onLine ? "" : form.dataset.offline; };
  addEventListener("offline", tell);
  addEventListener("online", tell);
  form.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    tell();
  });

  let attended = 0, number = 0, lastSign = Date.now();
  for (const sign of ["pointermove", "keydown", "scroll", "touchstart"]) {
    addEventListener(sign, () => { lastSign = Date.now(); }, { passive: true });
  }
  setInterval(() => {
    if (!document.hidden && Date.now() - lastSign < 60_000) attended += 1;
    if (attended >= 60) report();
  }, 1000);
  const report = () => {
    if (!attended) return;
    const seconds = attended;
    attended = 0;
    number += 1;
    const body = new FormData();
    body.set("csrf_token", form.elements.csrf_token.value);
    for (const [name, value] of Object.entries({ tab: form.dataset.tab, number, seconds })) body.set(name, value);
    fetch(form.dataset.time, { method: "POST", body, keepalive: true }).catch(() => { attended += seconds; });
  };
  document.addEventListener("visibilitychange", () => { if (document.hidden) report(); });
  addEventListener("pagehide", report);
}
