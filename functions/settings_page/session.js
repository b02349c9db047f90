/**
 * How calls are authenticated, and as whom.
 *
 * Today a person signs in with an API key. To sign in with an identity provider instead, keep its token here,
 * send it in `headers`, and find out in `identify` what it may do: the rest of the page does not know the
 * difference. The credential lives in this tab's sessionStorage and nowhere else: never in localStorage, in a
 * cookie or in an address.
 */

const SLOT = "settings-api-key";

// What a key looks like: a prefix, 12 characters of id, 43 of secret, 6 of checksum.
const KEY = /^[a-z][a-z0-9_]*_([0-9A-Za-z]{12})[0-9A-Za-z]{49}$/;

class Session extends EventTarget {
  /** The record of the key that the page is signed in with; null until `identify` has answered. */
  key = null;

  /** Counts the sessions: what was asked in one is not the next one's to know. */
  number = 0;

  get open() {
    return sessionStorage.getItem(SLOT) !== null;
  }

  /** Whether `text` can be a key at all: what cannot be need not be sent. */
  accepts(text) {
    return KEY.test(text);
  }

  begin(text) {
    sessionStorage.setItem(SLOT, text);
  }

  /** Forgets the credential. `reason` is what the person is told; "" when they signed out themselves. */
  end(reason = "") {
    sessionStorage.removeItem(SLOT);
    this.key = null;
    this.number += 1;
    this.dispatchEvent(new CustomEvent("end", { detail: reason }));
  }

  headers() {
    const credential = sessionStorage.getItem(SLOT);
    return credential === null ? {} : { "x-api-key": credential };
  }

  /** Learns who is signed in. A key's id is part of its text, so the key can be asked for by it. */
  async identify(api) {
    const { number } = this;
    const [, id] = KEY.exec(sessionStorage.getItem(SLOT));
    const key = await api.get(`key_${id}`);
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
