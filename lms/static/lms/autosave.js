// A row of the mapping is saved while somebody writes. What is not saved yet waits in this page, and only here.
const form = document.querySelector("[data-autosave]");

if (form) {
  const { autosave, unsaved, offline, refused } = form.dataset;
  const state = form.querySelector("[data-state]");
  const choose = form.querySelector("[data-choose]");
  const tell = (words) => { if (state.textContent !== words) state.textContent = words; };
  const fields = () => new URLSearchParams(new FormData(form));
  let written = false, stopped = false, leaving = false, sending = null, timer;

  // What somebody else wrote meanwhile in fields she has not touched since stands in the page before it counts as seen.
  const take = (others, sent) => {
    const untouched = Object.keys(others).every((name) => !form.elements[name] || fields().get(name) === sent.get(name));
    if (!untouched) return false;
    for (const [name, value] of Object.entries(others)) if (form.elements[name]) form.elements[name].value = value;
    return true;
  };
  const send = async () => {
    const sent = fields();
    try {
      const answer = await fetch(autosave, { method: "POST", body: sent, keepalive: true });
      const said = await answer.json().catch(() => ({ told: refused }));
      if (!answer.ok) return tell(said.told);
      written = fields().toString() !== sent.toString();
      if (said.waits) {
        // From here on she and the other one have to choose: the page saves no more by itself.
        stopped = true;
        choose.hidden = false;
      } else if (take(said.others, sent)) form.elements.revision.value = said.revision;
      tell(written ? unsaved : said.told);
      if (written) later(2000);
    } catch {
      tell(offline);
      later(5000);
    }
  };
  const save = async () => {
    clearTimeout(timer);
    if (!written || stopped || leaving || sending) return;
    sending = send();
    await sending;
    sending = null;
  };
  const later = (pause) => {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  };

  form.addEventListener("input", () => {
    written = true;
    tell(navigator.onLine ? unsaved : offline);
    later(2000);
  });
  form.addEventListener("change", () => later(200));
  // A press on the button waits for what is on its way: else the two would meet as if two people had written.
  form.addEventListener("submit", async (event) => {
    if (navigator.onLine && !sending) {
      leaving = true;
      return;
    }
    event.preventDefault();
    await sending;
    if (navigator.onLine) form.requestSubmit(event.submitter);
    else tell(offline);
  });
  addEventListener("online", () => later(0));
  addEventListener("offline", () => { if (written) tell(offline); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
  addEventListener("beforeunload", (event) => { if (written && !leaving) event.preventDefault(); });
  // Back from another page, the row as it is now.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
