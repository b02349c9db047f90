/**
 * One call with a key, to see whether it works.
 *
 * The call is made as a client would make it, without the session's cookie. Must never keep the secret.
 */

const LONGEST_MS = 30_000;

/** What came of calling `url` with the secret, in words: `{ works, text }`. */
export async function tryKey(url, secret) {
  let response;
  try {
    response = await fetch(url, {
      headers: { Authorization: `Bearer ${secret}` },
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      signal: AbortSignal.timeout(LONGEST_MS),
    });
  } catch {
    return { works: false, text: "The API could not be reached. Try again." };
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) {
    const { tools } = answer;
    return { works: true, text: Array.isArray(tools) ? `Works: ${tools.length} tools` : "Works" };
  }
  if (response.status === 401) {
    return {
      works: false,
      text: "Refused: the key was mistyped, is revoked or disabled, or may not be used from your address.",
    };
  }
  return { works: false, text: `Answered with status ${response.status}: ${answer.error ?? "no reason was given"}` };
}
