/**
 * The organization's keys, as far as they are known.
 *
 * Owns what is known: the pages read so far, and on top of them what the API answered to this page's own calls,
 * since the list follows those only within moments; apart from the list, the keys that were asked for one by one.
 * Knows nothing of the document. Every change is announced by the event "change".
 */

import { api, Refused } from "./api.js";
import { session } from "./session.js";

const PAGE = 100;

// For how long an answer outweighs the list.
const LIST_LAG_MS = 60_000;

/** What a key is doing: the words that the list shows. */
export const ACTIVE = "Active";
export const REPLACED = "Being replaced";
export const REVOKED = "Revoked";

export class Keys extends EventTarget {
  #read = new Map();
  #answers = new Map();
  #others = new Map();
  #readRevoked = false;
  #cursor = null;
  #reading = null;
  #abort = new AbortController();

  includeRevoked = false;
  /** Whether the first page has been read. */
  ready = false;
  /** Why the last reading failed, in words; "" otherwise. */
  error = "";

  get reading() {
    return this.#reading !== null;
  }

  get hasMore() {
    return this.#cursor !== null;
  }

  /** Whether all keys are known, and as of now. */
  get complete() {
    return this.ready && !this.reading && !this.hasMore && this.error === "";
  }

  /** Whether revoked keys are asked for, and were left out when the list was read. */
  get lacksRevoked() {
    return this.includeRevoked && !this.#readRevoked;
  }

  /** Reads the list anew, from its first page; what is shown stays until the answer is there. */
  reload() {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#cursor = null;
    for (const [id, { at }] of this.#answers) {
      if (Date.now() - at > LIST_LAG_MS) this.#answers.delete(id);
    }
    return this.#start(null);
  }

  /** Reads the next page; the one that is being read, if one is. */
  more() {
    return this.#reading ?? this.#start(this.#cursor);
  }

  /** Reads once more what could not be read: an older page, if there is one to go on from, or else the first. */
  again() {
    return this.hasMore ? this.more() : this.reload();
  }

  forget() {
    this.#abort.abort();
    this.#read.clear();
    this.#answers.clear();
    this.#others.clear();
    this.#cursor = null;
    this.#reading = null;
    this.ready = false;
    this.error = "";
  }

  /** Takes in a record that the API has just answered, unless it was asked for in another session. */
  learn(record, asked) {
    if (asked !== session.number) return;
    this.#answers.set(record.id, { record, at: Date.now() });
    this.#changed();
  }

  get(id) {
    return this.#answers.get(id)?.record ?? this.#read.get(id);
  }

  /** The key that made others. It need not be in the list: it may be revoked, or older than what was read. */
  author(id) {
    return this.get(id) ?? this.#others.get(id);
  }

  /** Asks for a key by its id until there is an answer; null stands for one that does not exist. */
  async lookUp(id) {
    if (this.get(id) || this.#others.has(id)) return;
    const asked = session.number;
    this.#others.set(id, undefined);
    const record = await api.get(id).catch(({ status }) => (status === 404 ? null : undefined));
    if (session.number !== asked) return;
    if (record === undefined) this.#others.delete(id);
    else this.#others.set(id, record);
    this.#changed();
  }

  /** The keys to be shown, newest first. */
  all() {
    return [...new Set([...this.#read.keys(), ...this.#answers.keys()])]
      .map((id) => this.get(id))
      .filter((key) => this.includeRevoked || !key.revoked_at)
      .sort((a, b) => (a.created_at < b.created_at) - (a.created_at > b.created_at));
  }

  state(key) {
    if (key.revoked_at) return REVOKED;
    return this.replacement(key) ? REPLACED : ACTIVE;
  }

  /** The active key that replaces this one. It is newer, so a list that holds this key holds that one as well. */
  replacement(key) {
    const next = key.replaced_by && this.get(key.replaced_by);
    return next && !next.revoked_at ? next : null;
  }

  #start(cursor) {
    const { signal } = this.#abort;
    this.error = "";
    const reading = this.#pages(cursor, signal)
      .catch((error) => {
        if (!signal.aborted) this.error = error.message;
      })
      .finally(() => {
        if (this.#reading === reading) this.#reading = null;
        if (!signal.aborted) this.#changed();
      });
    this.#reading = reading;
    this.#changed();
    return reading;
  }

  // A page may be empty although more follow: where nearly all keys are revoked, for one.
  async #pages(cursor, signal) {
    if (!session.open) throw new Refused(0, "You are signed out.");
    let page;
    do {
      const query = { limit: PAGE, include_revoked: this.includeRevoked, ...(cursor && { cursor }) };
      page = await api.list(query, signal);
      if (signal.aborted) return;
      if (!cursor) {
        this.#read.clear();
        this.#readRevoked = query.include_revoked;
      }
      for (const key of page.keys) this.#read.set(key.id, key);
      this.#cursor = cursor = page.next_cursor;
    } while (page.keys.length === 0 && cursor);
    this.ready = true;
  }

  #changed() {
    if (session.open) this.dispatchEvent(new Event("change"));
  }
}
