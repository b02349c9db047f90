/**
 * Clicks in haste.
 *
 * Owns that nothing is destroyed by a click that was meant for something else: by the second of two, or by one
 * that comes right after what is on view has moved. Must never hold up the keyboard, whose clicks have no detail.
 */

// As long as it can take to notice that another button is under the pointer now.
const SETTLING_MS = 500;

export class Haste {
  #timer = null;

  /** Watches the buttons within `root` that are a `.danger`. */
  constructor(root) {
    root.addEventListener("click", (event) => this.#watch(event), { capture: true });
  }

  get isSettling() {
    return this.#timer !== null;
  }

  /** What is on view has moved; `then` is called once a person can have seen it. */
  settle(then) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      then();
    }, SETTLING_MS);
  }

  #watch(event) {
    const { target, detail } = event;
    if (!target.closest(".danger") || detail === 0 || (detail === 1 && !this.isSettling)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}
