/**
 * Calls of the key API.
 *
 * A call either returns what the API answered or throws one of two errors whose message is fit to be shown:
 * `Refused`, and nothing was changed; `Unanswered`, and nobody knows. The answer to a call of a session that is
 * over says nothing of the next one. What meets a busy API is made again, if making it twice does no harm.
 */

import { API } from "./deployment.js";
import { session } from "./session.js";

// API Gateway gives up after 29 seconds.
const LONGEST_MS = 30_000;

/** As many keys as a page of a list can hold. */
export const PAGE = 100;

// Throttled, or without its store. The pauses grow, and differ, so that many pages do not come back as one.
const BUSY = [429, 503];
const PAUSES_MS = [400, 800, 1_500];
const SPREAD = 0.3;

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
export const address = (path) => new URL(path, API).href;

const one = (id) => `api/keys/${encodeURIComponent(id)}`;

export const api = {
  doors: () => call("GET", "settings/session"),
  provider: () => call("GET", "settings/session?door=provider"),
  signIn: (presented) => call("POST", "settings/session", { body: presented, opens: true }),
  who: () => call("GET", "api/keys/session"),
  signOut: () => call("DELETE", "api/keys/session", { isSafe: false }),
  get: (id) => call("GET", one(id)),
  find: (text) => call("POST", "api/keys/find", { body: { text }, isSafe: true }),
  history: (id, cursor) => call("GET", `${one(id)}/history${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ""}`),
  usage: (id, days) => call("GET", `${one(id)}/usage?days=${days}`),
  create: (name, scopes) => call("POST", "api/keys", { body: { name, scopes } }),
  rotate: (id) => call("POST", `${one(id)}/rotate`),
  /** A change of the session's own key has to be meant, which the API asks to be told. */
  change: (key, fields) => call("PATCH", one(key.id) + meant(key), { body: fields }),
  revoke: (key) => call("DELETE", one(key.id) + meant(key)),
  list: (query, signal) => call("GET", `api/keys?${new URLSearchParams(query)}`, { signal }),
  /** Every key of a list, one after the other: a page of it may be empty although more follow. */
  async *each(query) {
    let cursor = null;
    do {
      const page = await api.list({ limit: PAGE, ...query, ...(cursor && { cursor }) });
      yield* page.keys;
      cursor = page.next_cursor;
    } while (cursor);
  },
  /** A page of the list as CSV, and the query of the next page, null at the end. */
  async table(query) {
    const { answer, headers } = await call("GET", `api/keys?${new URLSearchParams(query)}`, { csv: true });
    const next = /^<\?(.*)>; rel="next"$/.exec(headers.get("Link") ?? "");
    return { text: answer, next: next && new URLSearchParams(next[1]) };
  },
};

const meant = (key) => (session.isOwnKey(key) ? "?self=true" : "");

async function call(method, path, { body, signal, opens, isSafe = method === "GET" || method === "DELETE", csv } = {}) {
  const asked = session.number;
  const options = () => ({
    method,
    body: body && JSON.stringify(body),
    headers: {
      ...session.headers({ opens }),
      ...(csv && { Accept: "text/csv" }),
      ...(body && { "Content-Type": "application/json" }),
    },
    cache: "no-store",
    credentials: "same-origin",
    redirect: "error",
    signal: AbortSignal.any([AbortSignal.timeout(LONGEST_MS), ...(signal ? [signal] : [])]),
  });
  let { status, answer, headers } = await send(address(path), options(), csv);
  for (const pause of isSafe ? PAUSES_MS : []) {
    if (!BUSY.includes(status) || signal?.aborted) break;
    await new Promise((resolve) => setTimeout(resolve, pause * (1 + SPREAD * Math.random())));
    ({ status, answer, headers } = await send(address(path), options(), csv));
  }
  if (status < 300) return csv ? { answer, headers } : answer;
  const message =
    typeof answer?.error === "string" ? answer.error : `The API answered with status ${status}.`;
  if (status === 401) session.refused(asked);
  throw status < 500 ? new Refused(status, message) : new Unanswered(message);
}

async function send(url, options, csv) {
  const offline = !navigator.onLine;
  let response;
  try {
    response = await fetch(url, options);
    const { status, headers } = response;
    return { status, headers, answer: await (csv && response.ok ? response.text() : response.json()) };
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
