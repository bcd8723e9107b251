/** Buttons with [data-copy="<id of a field>"] copy the field's text and say so for a moment. */

const SAID_FOR = 2000;

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("button[data-copy]");
  if (!button) {
    return;
  }
  const field = document.getElementById(button.dataset.copy);
  const usual = (button.dataset.words ??= button.textContent);
  button.textContent = (await copied(field)) ? "Copied" : "Press Ctrl+C";
  setTimeout(() => (button.textContent = usual), SAID_FOR);
});

/** The clipboard may be closed: to pages without TLS, and by the person. The old way then still works, or the text is selected. */
async function copied(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.focus();
    field.select();
    return document.execCommand("copy");
  }
}
