/**
 * How often a key was used: a chart of the last 30 days, and the same as a table for those who hear the page.
 *
 * Owns the drawing. One bar for each day, of three parts: calls that were answered, calls that were refused for
 * want of a scope (403), and calls that failed otherwise.
 */

import { api } from "./api.js";
import { Modal } from "./modal.js";
import { element, fill, showTime, slot } from "./text.js";

const DAYS = 30;
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 20;
const GAP = 4;
const HEIGHT = 120;

// Dates are days in UTC, and are shown as such.
const DATE = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });
const NUMBER = new Intl.NumberFormat("en");

/** The parts of a bar from the ground up: the class that they are drawn with, and how many calls they stand for. */
const PARTS = [
  ["answered", (day) => day.succeeded],
  ["refused", (day) => day.refused],
  ["failed", (day) => day.client_errors + day.server_errors],
];

export class UsageDialog extends Modal {
  #key;

  constructor() {
    super(element("usage"));
  }

  open(key) {
    this.#key = key;
    fill(this.dialog, { name: key.name, hint: key.hint, summary: "Reading…" });
    showTime(slot(this.dialog, "used"), key.last_used_at, "no use recorded");
    slot(this.dialog, "chart").hidden = true;
    super.open("usage");
    this.#look(key);
  }

  async #look(key) {
    try {
      const { days } = await api.usage(key.id, DAYS);
      if (this.#key === key) this.#draw(days);
    } catch (error) {
      if (this.#key !== key) return;
      fill(this.dialog, { summary: "" });
      this.alert(error.status === 404 ? "The usage of this key is not recorded." : error.message);
    }
  }

  #draw(days) {
    const total = (count) => NUMBER.format(days.reduce((sum, day) => sum + count(day), 0));
    const busiest = Math.max(...days.map((day) => day.calls));
    fill(this.dialog, {
      summary: `${total((day) => day.calls)} calls in the last ${days.length} days, ${NUMBER.format(busiest)} on the busiest`,
      first: DATE.format(new Date(days[0].date)),
      ...Object.fromEntries(PARTS.map(([name, count]) => [name, total(count)])),
    });
    slot(this.dialog, "bars").replaceChildren(...bars(days));
    slot(this.dialog, "days").replaceChildren(...days.map(row));
    slot(this.dialog, "chart").hidden = false;
  }
}

function* bars(days) {
  const unit = HEIGHT / Math.max(1, ...days.map((day) => day.calls));
  for (const [index, day] of days.entries()) {
    let top = HEIGHT;
    for (const [name, count] of PARTS) {
      const height = count(day) * unit;
      top -= height;
      if (height > 0) yield bar(name, { x: index * (WIDTH + GAP), y: top, width: WIDTH, height });
    }
  }
}

function bar(name, place) {
  const rect = document.createElementNS(SVG, "rect");
  rect.classList.add(name);
  for (const [attribute, value] of Object.entries(place)) rect.setAttribute(attribute, value);
  return rect;
}

function row(day) {
  const line = document.createElement("tr");
  const date = document.createElement("th");
  date.scope = "row";
  date.textContent = DATE.format(new Date(day.date));
  line.append(date);
  for (const [, count] of PARTS) line.insertCell().textContent = NUMBER.format(count(day));
  return line;
}
