/**
 * Text to be copied, with its button, which says where the person looks that it was copied.
 *
 * Where the browser refuses, the text is selected, so that the person can copy it by hand.
 */

import { clone, slot } from "../words/text.js";

const SHOWN_MS = 2_000;

// A text that is taken away and put back at once is not read aloud again.
const PAUSE_MS = 100;

const REFUSED = "The browser did not let the page copy. The text is selected: press Ctrl+C or ⌘C.";

let timers = [];
let takeBack = () => {};

/**
 * A block that shows `text`, called `label`, on one line or several; `isField` for one that is no code. `done` is
 * what is heard, and `then` is called, once it was copied.
 */
export function copyBlock({ label, text, button: name, done, isField = false, then = () => {} }) {
  const block = clone(isField ? "copy-field-template" : "copy-block-template");
  const source = slot(block, "text");
  const button = block.querySelector("button");
  source.textContent = text;
  (source.closest("pre") ?? source).setAttribute("aria-label", label);
  slot(block, "copy").textContent = name;
  button.addEventListener("click", async () => {
    if (await copy(source, button, block.querySelector("[role=status]"), done)) then();
  });
  return block;
}

/** Copies the text of `source`; answers whether it was copied. */
async function copy(source, button, status, done) {
  timers.forEach(clearTimeout);
  takeBack();
  const isCopied = await navigator.clipboard.writeText(source.textContent).then(
    () => true,
    () => false,
  );
  if (!isCopied) {
    source.focus();
    getSelection().selectAllChildren(source);
  }
  button.classList.toggle("done", isCopied);
  status.classList.toggle("unseen", isCopied);
  takeBack = () => {
    button.classList.remove("done");
    status.textContent = "";
  };
  timers = [
    setTimeout(() => {
      status.textContent = isCopied ? done : REFUSED;
    }, PAUSE_MS),
    ...(isCopied ? [setTimeout(() => takeBack(), SHOWN_MS)] : []),
  ];
  return isCopied;
}
