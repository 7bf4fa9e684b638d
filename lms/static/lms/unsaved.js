// Unsaved text waits in this tab, under keys of ours. It goes when it is kept, with whoever leaves or signs out, and
// before somebody else reads on in the same tab.
const forget = (start) => {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(start)) sessionStorage.removeItem(key);
};
const { whose } = document.querySelector("[data-whose]").dataset;
if (sessionStorage.getItem("lms:whose") !== whose) {
  forget("lms:");
  sessionStorage.setItem("lms:whose", whose);
}

// Said once: the same address opened again must not take what has been written since.
const here = new URL(location);
const kept = here.searchParams.get("kept");
if (kept) {
  forget(`lms:${here.pathname.replace(/[^/]*$/, kept)}:`);
  here.searchParams.delete("kept");
  here.searchParams.delete("saved");
  history.replaceState(null, "", here);
}

for (const form of document.querySelectorAll("[data-forgets]")) form.addEventListener("submit", () => forget("lms:"));
document.querySelector("[data-leave]")?.addEventListener("click", (event) => {
  event.preventDefault();
  forget("lms:");
  location.replace(event.currentTarget.href);
});
