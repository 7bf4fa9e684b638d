// What the lesson page does better with a script: arrow keys, unsaved text, waiting for the net, attended time.
const form = document.querySelector("#lesson-form");
const inField = (target) => target.closest("input, textarea, select, button, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || inField(event.target)) return;
  document.querySelector(`[data-key="${event.key}"]`)?.click();
});

if (form) {
  const { offline, ready, time, unsaved } = form.dataset;
  const state = form.querySelector("[data-state]");
  // The lesson's own address, also on a page that answers a form.
  const place = `lms:${new URL(form.action).pathname.replace(/\/[^/]*$/, "")}:`;
  let written = false;
  const tell = () => { state.textContent = navigator.onLine ? (written ? unsaved : "") : offline; };
  form.elements.script.value = "1";

  for (const area of form.querySelectorAll("textarea")) {
    const key = place + area.name, waiting = sessionStorage.getItem(key);
    if (waiting?.trim() === area.value.trim() && !area.hasAttribute("aria-invalid")) sessionStorage.removeItem(key);
    else if (waiting !== null) {
      area.value = waiting;
      written = true;
    }
    area.addEventListener("input", () => sessionStorage.setItem(key, area.value));
  }

  // Without the net, the page keeps what was to be sent and sends it when the net is back, unless she writes on.
  let pressed;
  form.addEventListener("input", () => {
    written = true;
    pressed = null;
    tell();
  });
  form.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    pressed = event.submitter;
    tell();
  });
  const send = async () => {
    if (!pressed) return;
    const back = await fetch(ready, { cache: "no-store" }).then((answer) => answer.ok, () => false);
    if (back && pressed) form.requestSubmit(pressed);
    else setTimeout(send, 3000);
  };
  addEventListener("offline", tell);
  addEventListener("online", () => {
    tell();
    report();
    send();
  });
  tell();

  let attended = 0, owed = 0, number = 0, lastSign = Date.now();
  for (const sign of ["pointermove", "keydown", "scroll", "touchstart"]) {
    addEventListener(sign, () => { lastSign = Date.now(); }, { passive: true });
  }
  setInterval(() => {
    if (!document.hidden && Date.now() - lastSign < 60_000) attended += 1;
    if (attended >= 60) report();
  }, 1000);
  const report = () => {
    const seconds = attended + owed;
    if (!seconds) return;
    attended = owed = 0;
    number += 1;
    const body = new FormData();
    for (const name of ["csrf_token", "opened"]) body.set(name, form.elements[name].value);
    for (const [name, value] of Object.entries({ number, seconds })) body.set(name, value);
    // What did not get through is said again with the next minute.
    const again = () => { owed += seconds; };
    fetch(time, { method: "POST", body, keepalive: true }).then((answer) => answer.status >= 500 && again(), again);
  };
  document.addEventListener("visibilitychange", () => { if (document.hidden) report(); });
  addEventListener("pagehide", report);
}
