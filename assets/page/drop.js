/* A saved file dropped anywhere on the page opens as if it had been chosen with the button.
 * Leaves out: what is in the file, which the server checks. */

const hasFiles = ({ dataTransfer }) => Boolean(dataTransfer?.types.includes("Files"));

/** `refuse` is called if no file can be a saved one. */
export function onDrop(refuse) {
  // Left alone, a browser would open the file in the place of the page.
  addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    const file = [...event.dataTransfer.files].find(({ name }) => name.toLowerCase().endsWith(".json"));
    if (!file) return refuse();
    /** @type {HTMLInputElement} */
    const input = document.querySelector("#file input[type=file]");
    const chosen = new DataTransfer();
    chosen.items.add(file);
    input.files = chosen.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
