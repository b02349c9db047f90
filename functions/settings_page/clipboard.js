/** Copying. Where the browser refuses, the text is selected, so that the person can copy it by hand. */

/** Copies the text of `source`; answers what to tell the person, and whether it was copied. */
export async function copy(source) {
  try {
    await navigator.clipboard.writeText(source.textContent);
    return { copied: true, message: "Copied to the clipboard." };
  } catch {
    source.focus();
    getSelection().selectAllChildren(source);
    return {
      copied: false,
      message: "The browser did not let the page copy. The text is selected: press Ctrl+C or ⌘C.",
    };
  }
}
