/**
 * Copying, and saying so where the person looks: on the button that was pressed.
 *
 * Where the browser refuses, the text is selected, so that the person can copy it by hand.
 */

const SHOWN_MS = 2_000;

// A text that is taken away and put back at once is not read aloud again.
const PAUSE_MS = 100;

let timers = [];
let end = () => {};

/** Copies the text of `source`; answers whether it was copied. `status` is where it is heard. */
export async function copy(source, button, status) {
  timers.forEach(clearTimeout);
  end();
  const copied = await navigator.clipboard.writeText(source.textContent).then(
    () => true,
    () => false,
  );
  if (!copied) {
    source.focus();
    getSelection().selectAllChildren(source);
  }
  button.classList.toggle("done", copied);
  status.classList.toggle("unseen", copied);
  end = () => {
    button.classList.remove("done");
    status.textContent = "";
  };
  timers = [
    setTimeout(() => {
      status.textContent = copied
        ? status.dataset.copied
        : "The browser did not let the page copy. The text is selected: press Ctrl+C or ⌘C.";
    }, PAUSE_MS),
    ...(copied ? [setTimeout(() => end(), SHOWN_MS)] : []),
  ];
  return copied;
}
