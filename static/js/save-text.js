/** Buttons with [data-save-text="<id of a field>"] save the field's text as a file named by [data-file-name]. */

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("button[data-save-text]");
  if (!button) {
    return;
  }
  const text = document.getElementById(button.dataset.saveText).value;
  const address = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
  const link = Object.assign(document.createElement("a"), { href: address, download: button.dataset.fileName });
  link.click();
  URL.revokeObjectURL(address);
});
