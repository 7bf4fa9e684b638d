// Esc closes the menu of pages, as it closes whatever else opens; the keyboard stays where it was opened.
for (const menu of document.querySelectorAll(".pages details")) {
  menu.addEventListener("keydown", (pressed) => {
    if (pressed.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
