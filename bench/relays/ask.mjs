/** The body of an answer, as an application without an SDK asks for it. */
export async function ask(upstream, { path, body }) {
  const answer = await fetch(upstream + path, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.body;
}
