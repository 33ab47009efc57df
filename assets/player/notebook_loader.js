/* Unpacks the data of viz/pages/notebook.py in a notebook's frame, and hands it to notebook.js, which comes packed, too.
 * Leaves out: all that is shown. */

const packed = Uint8Array.from(atob(document.getElementById("tsuzuki-packed").textContent), (character) =>
  character.charCodeAt(0),
);
const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));

new Response(unpacked).json().then(({ style, script, ...data }) => {
  window.TsuzukiNotebook = data;
  for (const [tag, text] of Object.entries({ style, script })) {
    document.head.append(Object.assign(document.createElement(tag), { textContent: text }));
  }
});
