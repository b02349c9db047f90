/**
 * Who is signed in.
 *
 * The session is a cookie that no script can read; what is kept here is what the API says of it, and only until
 * the page is left. Every call names the session that it is made for: when somebody signs in as somebody else in
 * another tab, the cookie changes under this page, and its calls are refused instead of being taken for theirs.
 */

// Tabs share the cookie. The id of a session is told, which opens nothing.
const signOuts = new BroadcastChannel("settings-sign-out");

class Session extends EventTarget {
  /** What the API says of the session; null while nobody is signed in. */
  who = null;

  /** Counts the sessions: what was asked in one is not the next one's to know. */
  number = 0;

  constructor() {
    super();
    signOuts.addEventListener("message", ({ data }) => {
      if (this.who?.id === data) this.end();
    });
  }

  get open() {
    return this.who !== null;
  }

  /** Whether the person may give the scope that manages keys. */
  get admin() {
    return this.who?.role === "admin";
  }

  begin(who) {
    this.who = who;
  }

  /** Ends the session here, and in every other tab, once the API has ended it. */
  signedOut() {
    signOuts.postMessage(this.who?.id);
    this.end();
  }

  /** The session is over. `reason` is what the person is told; "" when there is nothing to tell. */
  end(reason = "") {
    this.who = null;
    this.number += 1;
    this.dispatchEvent(new CustomEvent("end", { detail: reason }));
  }

  /** Which session a call is meant for, which no page of another origin can say. */
  headers() {
    return this.who ? { "X-Settings-Page": this.who.id } : {};
  }

  /** Whether `record` is the key that was exchanged for this session. */
  is(record) {
    return record.id === this.who?.opened_by;
  }

  /** Whether the person of this session is meant by the `created_by` of a key, or its like. */
  wasBy(id) {
    return id === this.who?.person_id;
  }
}

export const session = new Session();
