/**
 * What was pasted into the search: a secret that leaked, a line of a log, an id, the beginning and end of a key.
 *
 * Owns that no secret stays in the field, and none is sent: it is replaced by its key's id at once, the key is
 * found whatever its state, and the answer is a sentence, with what can be done beside it.
 */

import { api } from "../data/api.js";
import { DISABLED, REPLACED, REVOKED } from "../data/keys.js";
import { session } from "../data/session.js";
import { TRACKS_USAGE } from "../data/deployment.js";
import { personName } from "../words/people.js";
import { enabler, whyNotEnable, whyNotManage } from "../words/scopes.js";
import { hintIn, keyIdsIn } from "../words/secret_format.js";
import { clone, element, fill, slot } from "../words/text.js";
import { ago } from "../words/time.js";

// As many as the API looks for in one text.
const AT_MOST = 20;

export class Pasted {
  #keys;
  #field;
  #place = element("found");
  #asked = "";
  #answers = new Map();

  constructor(keys, field) {
    this.#keys = keys;
    this.#field = field;
    // A field of one line would drop the line breaks of what is pasted, and join what they divide.
    field.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text");
      if (keyIdsIn(text).length === 0) return;
      event.preventDefault();
      field.value = text.replace(/\s+/g, " ");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    keys.addEventListener("change", () => this.#show());
  }

  /** Looks at what stands in the field now. */
  read() {
    const text = this.#field.value;
    const ids = keyIdsIn(text).slice(0, AT_MOST);
    const hint = ids.length === 0 ? hintIn(text) : undefined;
    const asked = ids.join(" ") || hint || "";
    if (ids.length > 0 && text !== asked) this.#field.value = asked;
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#answers.clear();
    this.#show();
    if (ids.length > 0) for (const id of ids) this.#answer(asked, id, () => api.find(id));
    else if (hint) this.#answer(asked, hint, () => this.#byHint(hint));
  }

  /** `name` is an id or a hint; `find` answers its record, or throws. */
  async #answer(asked, name, find) {
    const number = session.number;
    this.#answers.set(name, { text: `Looking for ${name}…` });
    this.#show();
    let answer;
    try {
      const record = await find();
      if (session.number !== number) return;
      this.#keys.note(record);
      answer = { id: record.id };
    } catch (error) {
      answer = { text: error.status === 404 ? `${name} is not a key of this organization.` : error.message };
    }
    if (this.#asked !== asked) return;
    this.#answers.set(name, answer);
    this.#show();
  }

  /** The newest key that begins and ends so, revoked or not. The API cannot search for it. */
  async #byHint(hint) {
    const known = this.#keys.all().find((key) => key.hint === hint);
    if (known) return known;
    for await (const key of api.each({ include_revoked: true })) if (key.hint === hint) return key;
    throw Object.assign(new Error(), { status: 404 });
  }

  #show() {
    this.#place.hidden = this.#answers.size === 0;
    this.#place.replaceChildren(...[...this.#answers.values()].map((answer) => this.#line(answer)));
  }

  #line({ id, text }) {
    const line = clone("found-template");
    const key = id && this.#keys.known(id);
    slot(line, "key").hidden = !key;
    const obstacles = {
      revoke: key && whyNotManage(key),
      disable: key && (key.disabled ? whyNotEnable(key) : whyNotManage(key)),
    };
    for (const [name, obstacle] of Object.entries(obstacles)) {
      line.querySelector(`[data-action="${name}"]`).hidden = !key || Boolean(key.revoked_at) || obstacle !== "";
    }
    if (!key) {
      fill(line, { sentence: text });
      return line;
    }
    slot(line, "key").href = `#${id}`;
    line.dataset.key = id;
    const sentence = [this.#sentence(key), !key.revoked_at && obstacles.revoke].filter(Boolean).join(" ");
    fill(line, { name: key.name, sentence, disable: key.disabled ? "Enable" : "Disable" });
    return line;
  }

  #sentence(key) {
    const state = this.#keys.state(key);
    if (state === REVOKED) {
      const by = key.revoked_by ? ` by ${personName(key.revoked_by, key.revoked_by_name, this.#keys)}` : "";
      return `was revoked ${ago(key.revoked_at)}${by}. It opens nothing any more.`;
    }
    const use = TRACKS_USAGE
      ? key.last_used_at
        ? ` Last used ${ago(key.last_used_at)}.`
        : " It was never seen in use."
      : "";
    if (state === DISABLED) return `is disabled: its calls are refused until ${enabler(key.scopes)} enables it.${use}`;
    return `is active${state === REPLACED ? ", and being replaced" : ""}.${use}`;
  }
}
