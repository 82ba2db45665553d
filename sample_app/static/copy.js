/* A button that copies what its field holds: <button data-copy="id of the field" hidden>. Without a script, the field can
   be selected. */
for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy), said = button.closest(".copy").querySelector("[role=status]");
  button.hidden = false;
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    said.textContent = "";
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = said.dataset.copied;
    } catch {
      // No https, or not allowed: what is selected can be copied by hand.
      field.focus();
      field.select();
      said.textContent = said.dataset.select;
    }
  });
}
