// The page that holds what could not be saved: it asks whether the database is back, and then sends it once more.
const form = document.querySelector("form[data-again]");
const pause = Number(form.dataset.again) * 1000;
let changing = false;

// Somebody who goes on writing here sends it herself.
form.addEventListener("input", () => { changing = true; });

// Not all at the same moment: everybody was turned away together.
const again = async () => {
  if (changing) return;
  const ready = await fetch(form.dataset.ready, { cache: "no-store" }).then((answer) => answer.ok, () => false);
  if (ready && !changing) {
    form.querySelector("[data-state]").textContent = form.dataset.trying;
    form.requestSubmit();
  } else setTimeout(again, pause);
};
setTimeout(again, pause * (1 + Math.random()));
