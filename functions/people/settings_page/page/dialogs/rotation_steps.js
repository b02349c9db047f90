/** The steps above a rotation's views: which are done, and at which one the person is. */

/** At which step each view is. */
const STEP = { create: 0, lost: 0, update: 1, revoke: 2, end: 2 };

/** Marks the items of `list`: each that is `done`, and the one of `view`. */
export function markSteps(list, view, done) {
  [...list.children].forEach((item, index) => {
    item.toggleAttribute("data-done", done[index]);
    if (index === STEP[view]) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  });
}
