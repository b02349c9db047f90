/** Times: how long ago in a list, and exactly where there is room. All exact times are UTC, as in the API and its logs. */

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const UNITS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** How long ago a time was, in words. */
export function ago(iso) {
  const seconds = (Date.now() - Date.parse(iso)) / 1000;
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? [];
  return unit ? RELATIVE.format(-Math.floor(seconds / length), unit) : "just now";
}

/** Such as "2026-11-24 09:30:00 UTC". */
export const exact = (iso) => `${iso.slice(0, 19).replace("T", " ")} UTC`;

/** Shows a time as "3 days ago", and exactly on hover; null is `none`. */
export function showTime(time, iso, none = "") {
  if (iso) {
    time.dateTime = iso;
    time.title = exact(iso);
  } else {
    time.removeAttribute("datetime");
    time.removeAttribute("title");
  }
  time.classList.toggle("none", !iso);
  time.textContent = iso ? ago(iso) : none;
}

/** Lets the times that are on view grow older. */
export function refreshTimes(root = document) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const text = ago(time.dateTime);
    if (time.textContent !== text && time.checkVisibility({ contentVisibilityAuto: true }))
      time.textContent = text;
  }
}
