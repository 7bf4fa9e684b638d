// Says at once that a file is too large, and while one is on its way, that it is: on a phone that may take a minute.
for (const form of document.querySelectorAll("[data-sends-a-file]")) {
  const file = form.querySelector("[type=file]");
  const line = form.querySelector("[data-sending]");
  const button = form.querySelector("button");

  file.addEventListener("change", () => {
    const isTooLarge = file.files[0]?.size > Number(file.dataset.largest);
    file.setCustomValidity(isTooLarge ? file.dataset.tooLarge : "");
    file.reportValidity();
  });
  form.addEventListener("submit", (event) => {
    if (!file.reportValidity()) event.preventDefault();
    else if (file.files.length) {
      line.hidden = false;
      button.disabled = true;
    }
  });
  // Back from the next page, the form is as it was left.
  addEventListener("pageshow", () => {
    line.hidden = true;
    button.disabled = false;
  });
}
