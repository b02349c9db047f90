/**
 * Calls of the key API.
 *
 * Owns the addresses, which follow from this file's own: the page may stand at /settings/api, below a stage, or
 * behind a custom domain. A call either returns what the API answered or throws one of two errors whose message
 * is fit to be shown: `Refused`, and nothing was changed; `Unanswered`, and nobody knows. The answer to a call
 * of a session that is over says nothing of the next one.
 */

import { session } from "./session.js";

const BASE = new URL("../../", import.meta.url);

// API Gateway gives up after 29 seconds.
const LONGEST_MS = 30_000;

// Throttled, or without its store. A call that only reads is then made once more, after as long as the API's
// Retry-After asks for; a person decides about every other.
const BUSY = [429, 503];
const RETRY_AFTER_MS = 1_000;

/** The API said no, or was not even asked: nothing was changed. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** No answer, or one that leaves open whether the call had an effect. */
export class Unanswered extends Error {}

/** The address of `path` (such as "api/keys") in this API. */
export const address = (path) => new URL(path, BASE).href;

export const api = {
  doors: () => call("GET", "settings/session"),
  provider: () => call("GET", "settings/session?door=provider"),
  signIn: (presented) => call("POST", "settings/session", { body: presented, headers: { "X-Settings-Page": "sign-in" } }),
  who: () => call("GET", "api/keys/session"),
  signOut: () => call("DELETE", "api/keys/session"),
  get: (id) => call("GET", `api/keys/${encodeURIComponent(id)}`),
  usage: (id, days) => call("GET", `api/keys/${encodeURIComponent(id)}/usage?days=${days}`),
  create: (name, scopes) => call("POST", "api/keys", { body: { name, scopes } }),
  rotate: (id) => call("POST", `api/keys/${encodeURIComponent(id)}/rotate`),
  /** `isOwn` says that the key of this session is meant, which the API asks for. */
  revoke: (id, isOwn) => call("DELETE", `api/keys/${encodeURIComponent(id)}${isOwn ? "?self=true" : ""}`),
  list(query, signal) {
    return call("GET", `api/keys?${new URLSearchParams(query)}`, { signal });
  },
};

async function call(method, path, { body, headers, signal } = {}) {
  const asked = session.number;
  const options = {
    method,
    body: body && JSON.stringify(body),
    headers: { ...session.headers(), ...headers, ...(body && { "Content-Type": "application/json" }) },
    cache: "no-store",
    credentials: "same-origin",
    redirect: "error",
    signal: AbortSignal.any([AbortSignal.timeout(LONGEST_MS), ...(signal ? [signal] : [])]),
  };
  let { status, answer } = await send(address(path), options);
  if (method === "GET" && BUSY.includes(status)) {
    await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
    ({ status, answer } = await send(address(path), options));
  }
  if (status < 300) return answer;
  const message =
    typeof answer?.error === "string" ? answer.error : `The API answered with status ${status}.`;
  if (status === 401 && session.open && asked === session.number) {
    session.end("You were signed out: your session ended, or you signed in as somebody else in another tab.");
  }
  throw status < 500 ? new Refused(status, message) : new Unanswered(message);
}

async function send(url, options) {
  const offline = !navigator.onLine;
  let response;
  try {
    response = await fetch(url, options);
    return { status: response.status, answer: await response.json() };
  } catch (error) {
    if (error.name === "AbortError") throw error; // by the one who asked: nobody waits for the answer
    if (response?.ok === false) return { status: response.status };
    if (offline) {
      throw new Refused(0, `You are offline.${options.method === "GET" ? "" : " Nothing was sent."}`);
    }
    throw new Unanswered(
      error.name === "TimeoutError"
        ? "The API has not answered for 30 seconds."
        : "The connection to the API broke.",
    );
  }
}
