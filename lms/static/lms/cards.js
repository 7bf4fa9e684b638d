// What the cards do better with a script: step by arrow keys or a presenter's clicker, and open the printer.
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select")) return;
  // Where there is more to read below, the clicker's keys go on scrolling.
  const page = document.documentElement;
  if (event.key.startsWith("Page") && page.scrollHeight > page.clientHeight) return;
  const step = document.querySelector(`[data-keys~="${CSS.escape(event.key)}"]`);
  if (!step) return;
  event.preventDefault();
  step.click();
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
