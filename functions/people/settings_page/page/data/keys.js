/**
 * The organization's keys, as far as they are known.
 *
 * Owns what is known: the pages read so far, and on top of them what the API answered to this page's own calls,
 * since the list follows those only within moments; apart from the list, the keys that were asked for one by one.
 * Knows nothing of the document. Every change is announced by the event "change".
 */

import { api, PAGE, Refused } from "./api.js";
import { session } from "./session.js";

// For how long an answer outweighs the list.
const LIST_LAG_MS = 60_000;

/** What a key is doing: the words that the page shows. */
export const ACTIVE = "Active";
export const DISABLED = "Disabled";
export const REPLACED = "Being replaced";
export const REVOKED = "Revoked";

export class Keys extends EventTarget {
  #read = new Map();
  #answers = new Map();
  #others = new Map();
  // Revoked on this page since the list was read: they stay where they are.
  #ended = new Set();
  #hasReadRevoked = false;
  #cursor = null;
  #reading = null;
  #abort = new AbortController();
  // Whether it was the whole list that could not be read, or an older page of it.
  #failedAnew = false;

  includeRevoked = false;
  /** Whether the first page has been read. */
  isReady = false;
  /** Why the last reading failed, in words; "" otherwise. */
  error = "";

  get isReading() {
    return this.#reading !== null;
  }

  get hasMore() {
    return this.#cursor !== null;
  }

  /** Whether all keys are known, and as of now. */
  get isComplete() {
    return this.isReady && !this.isReading && !this.hasMore && this.error === "";
  }

  /** Whether revoked keys are asked for, and were left out when the list was read. */
  get lacksRevoked() {
    return this.includeRevoked && !this.#hasReadRevoked;
  }

  /** Reads the list anew, as far back as it was read before; what is shown stays until all of it is there. */
  reload() {
    this.#abort.abort();
    this.#abort = new AbortController();
    const times = [...this.#read.values()].map((key) => key.created_at).sort();
    return this.#start(null, this.isReady ? times[0] : undefined);
  }

  /** Reads the next page; the one that is being read, if one is. */
  more() {
    return this.#reading ?? this.#start(this.#cursor);
  }

  /** Reads once more what could not be read. */
  again() {
    return this.#failedAnew ? this.reload() : this.more();
  }

  forget() {
    this.#abort.abort();
    for (const known of [this.#read, this.#answers, this.#others, this.#ended]) known.clear();
    this.#cursor = null;
    this.#reading = null;
    this.isReady = false;
    this.error = "";
  }

  /** Takes in a record that the API has just answered, unless it is late, or was asked for in session number `asked`. */
  learn(record, asked) {
    if (asked !== session.number || isLate(record, this.known(record.id))) return;
    if (record.revoked_at && this.#isListed(record.id)) this.#ended.add(record.id);
    if (this.#others.has(record.id)) this.#others.set(record.id, record);
    this.#answers.set(record.id, { record, at: Date.now() });
    this.#changed();
  }

  get(id) {
    return this.#answers.get(id)?.record ?? this.#read.get(id);
  }

  /** A key that need not be in the list: it may be revoked, or older than what was read. */
  known(id) {
    return this.get(id) ?? this.#others.get(id);
  }

  /** Takes in a record of a key that need not be in the list. */
  note(record) {
    if (!isLate(record, this.known(record.id))) this.#others.set(record.id, record);
  }

  /** A key by its id, asked for once; null for one that does not exist. Throws what `api.get` throws. */
  async lookUp(id) {
    const known = this.known(id);
    if (known !== undefined) return known;
    const asked = session.number;
    const record = await api.get(id).catch((error) => {
      if (error.status === 404) return null;
      throw error;
    });
    if (session.number === asked && !isLate(record, this.known(id))) this.#others.set(id, record);
    return record;
  }

  /** The keys of the list, newest first. */
  all() {
    return [...new Set([...this.#read.keys(), ...this.#answers.keys()])]
      .map((id) => this.get(id))
      .filter((key) => this.includeRevoked || !key.revoked_at || this.#ended.has(key.id))
      .sort((a, b) => (a.created_at < b.created_at) - (a.created_at > b.created_at));
  }

  state(key) {
    if (key.revoked_at) return REVOKED;
    if (key.disabled) return DISABLED;
    return this.replacement(key) ? REPLACED : ACTIVE;
  }

  /** The active key that replaces this one. It is newer, so a list that holds this key holds that one as well. */
  replacement(key) {
    const next = key.replaced_by && this.known(key.replaced_by);
    return next && !next.revoked_at ? next : null;
  }

  #isListed(id) {
    const before = this.get(id);
    return before !== undefined && (!before.revoked_at || this.#ended.has(id));
  }

  #start(cursor, oldest) {
    const { signal } = this.#abort;
    this.error = "";
    const reading = this.#pages(cursor, oldest, signal)
      .catch((error) => {
        if (signal.aborted) return;
        this.error = error.message;
        this.#failedAnew = cursor === null;
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
  async #pages(cursor, oldest, signal) {
    if (!session.isOpen) throw new Refused(0, "You are signed out.");
    const query = { limit: PAGE, include_revoked: this.includeRevoked };
    const read = new Map(cursor ? this.#read : []);
    const isAnew = cursor === null;
    let page;
    do {
      page = await api.list({ ...query, ...(cursor && { cursor }) }, signal);
      if (signal.aborted) return;
      for (const key of page.keys) read.set(key.id, key);
      cursor = page.next_cursor;
    } while (cursor && (page.keys.length === 0 || page.keys.at(-1).created_at > oldest));
    if (isAnew) {
      this.#ended.clear();
      this.#hasReadRevoked = query.include_revoked;
      for (const [id, { at }] of this.#answers) {
        if (Date.now() - at > LIST_LAG_MS) this.#answers.delete(id);
      }
    }
    this.#read = read;
    this.#cursor = cursor;
    this.isReady = true;
  }

  #changed() {
    if (session.isOpen) this.dispatchEvent(new Event("change"));
  }
}

/** Whether an answer was overtaken: it tells of the key as it was before what is known. */
const isLate = (record, known) => Boolean(record && known) && timesOf(record) < timesOf(known);

/** When a key was last changed and last used, as a text that sorts. */
const timesOf = ({ changed_at: changed, last_used_at: used }) => `${changed ?? ""} ${used ?? ""}`;
