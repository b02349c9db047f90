/**
 * How calls are authenticated, and as whom.
 *
 * Today a person signs in with an API key. To sign in with an identity provider instead, keep its token here,
 * send it in `headers`, and find out in `identify` what it may do: the rest of the page does not know the
 * difference. The credential lives in this tab's sessionStorage, or in memory where that is blocked, and nowhere
 * else: never in localStorage, in a cookie or in an address.
 */

const SLOT = "settings-api-key";

// Where the browser blocks storage, the credential is kept until the page is left.
function memory() {
  const kept = new Map();
  return {
    getItem: (slot) => kept.get(slot) ?? null,
    setItem: (slot, value) => kept.set(slot, value),
    removeItem: (slot) => kept.delete(slot),
  };
}

function tab() {
  try {
    return sessionStorage;
  } catch {
    return memory();
  }
}

const storage = tab();

// A tab that was opened from this one has a copy of the credential. The ids of keys are told, and no more.
const signOuts = new BroadcastChannel("settings-sign-out");

// What a key looks like: a prefix, 12 characters of id, 43 of secret, 6 of checksum.
const KEY = /^[a-z][a-z0-9_]*_([0-9A-Za-z]{12})[0-9A-Za-z]{49}$/;

class Session extends EventTarget {
  /** The record of the key that the page is signed in with; null until `identify` has answered. */
  key = null;

  /** Counts the sessions: what was asked in one is not the next one's to know. */
  number = 0;

  constructor() {
    super();
    signOuts.addEventListener("message", ({ data }) => {
      if (this.open && this.#id === data) this.end();
    });
  }

  get open() {
    return storage.getItem(SLOT) !== null;
  }

  /** Whether `text` can be a key at all: what cannot be need not be sent. */
  accepts(text) {
    return KEY.test(text);
  }

  begin(text) {
    storage.setItem(SLOT, text);
  }

  /** Ends the session at the person's wish, here and in every other tab that is signed in with the same key. */
  signOut() {
    signOuts.postMessage(this.#id);
    this.end();
  }

  /** Forgets the credential. `reason` is what the person is told; "" when there is nothing to tell. */
  end(reason = "") {
    storage.removeItem(SLOT);
    this.key = null;
    this.number += 1;
    this.dispatchEvent(new CustomEvent("end", { detail: reason }));
  }

  // A key's id is part of its text.
  get #id() {
    return KEY.exec(storage.getItem(SLOT) ?? "")?.[1];
  }

  headers() {
    const credential = storage.getItem(SLOT);
    return credential === null ? {} : { "x-api-key": credential };
  }

  /** Learns who is signed in. */
  async identify(api) {
    const { number } = this;
    const key = await api.get(`key_${this.#id}`);
    if (number === this.number) this.key = key;
  }

  is(record) {
    return record.id === this.key?.id;
  }

  holds(scope) {
    return this.key?.scopes.includes(scope) ?? false;
  }
}

export const session = new Session();
