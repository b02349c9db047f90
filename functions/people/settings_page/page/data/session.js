/**
 * Who is signed in, and all that the page knows of how its calls are authenticated.
 *
 * The session is a cookie that no script can read; what is kept here is what the API says of it, and only until
 * the page is left. Every call names the session that it is made for: when somebody signs in as somebody else in
 * another tab, the cookie changes under this page, and its calls are refused instead of being taken for theirs.
 */

// Tabs share the cookie. The id of a session is told, which opens nothing.
const signOuts = new BroadcastChannel("settings-sign-out");

// No page of another origin can send this header. It names the session, or says that one is to be opened.
const HEADER = "X-Settings-Page";
const SIGN_IN = "sign-in";

const ENDED = "You were signed out: your session ended, or you signed in as somebody else in another tab.";
const OWN_KEY_REVOKED = "You revoked the key that you were signed in with. Sign in with another.";

class Session extends EventTarget {
  #who = null;

  /** Counts the sessions: what was asked in one is not the next one's to know. */
  number = 0;

  constructor() {
    super();
    signOuts.addEventListener("message", ({ data }) => {
      if (this.#who?.id === data) this.#end();
    });
  }

  get isOpen() {
    return this.#who !== null;
  }

  /** Whether the person may give what lets a key manage keys. */
  get isAdmin() {
    return this.#who?.role === "admin";
  }

  /** What the page's header shows. */
  get person() {
    const { organization_name: organization = "", person_name: name = "", role = "" } = this.#who ?? {};
    return { organization, name, role };
  }

  /** Begins the session that the API has answered. */
  begin(who) {
    this.#who = who;
  }

  /** What a call is sent with, beside the cookie, if there is one; or the call that opens a session. */
  headers({ opens = false } = {}) {
    if (opens) return { [HEADER]: SIGN_IN };
    return this.isOpen ? { [HEADER]: this.#who.id } : {};
  }

  /** Ends the session here, and in every other tab, once the API has ended it. */
  signedOut() {
    signOuts.postMessage(this.#who?.id);
    this.#end();
  }

  /** The API refused a call that was made in session `number`. */
  refused(number) {
    if (this.isOpen && number === this.number) this.#end(ENDED);
  }

  /** The API has revoked `record`, which ends the session that this key opened. */
  revoked(record) {
    if (this.isOwnKey(record)) this.#end(OWN_KEY_REVOKED);
  }

  /** Whether `record` is the key that was exchanged for this session. */
  isOwnKey(record) {
    return record.id === this.#who?.opened_by;
  }

  /** Whether the person of this session is meant by the `created_by` of a key, or its like. */
  isMe(id) {
    return id === this.#who?.person_id;
  }

  #end(reason = "") {
    this.#who = null;
    this.number += 1;
    this.dispatchEvent(new CustomEvent("end", { detail: reason }));
  }
}

export const session = new Session();
