/* Asks the app for what takes no event: a lesson, and a picture saved as a page.
 * Leaves out: events, which Gradio sends and follows. */

/** The JSON answer to a JSON request. Rejects if the app is away, or refuses. */
export async function ask(path, what) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(new URL(path, location.href), { method: "POST", headers, body: JSON.stringify(what) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}
