/**
 * The page's clock stands still at START, a time in milliseconds, until the test lets time pass.
 *
 * Owns `Date.now` and the timers. Pauses of less than two seconds end at once, since nobody is there to wait for
 * them, unless the test holds them. Longer ones end when the test says so: none ends because the machine is busy.
 */
(() => {
  const SHORT_MS = 2_000;
  const soon = window.setTimeout.bind(window);
  const timers = new Map();
  let now = START;
  let held = false;
  let last = 0;

  function start(action, delay, every) {
    const id = ++last;
    timers.set(id, { action, at: now + delay, every });
    if (!every && delay < SHORT_MS) soon(() => held || fire(id));
    return id;
  }

  function fire(id) {
    const timer = timers.get(id);
    if (!timer) return;
    if (timer.every) timer.at += timer.every;
    else timers.delete(id);
    timer.action();
  }

  Date.now = () => now;
  window.setTimeout = (action, delay = 0, ...rest) => start(() => action(...rest), delay);
  window.setInterval = (action, delay, ...rest) => start(() => action(...rest), delay, delay);
  window.clearTimeout = window.clearInterval = (id) => void timers.delete(id);

  window.clock = {
    hold: () => void (held = true),
    async pass(ms) {
      const end = now + ms;
      for (;;) {
        const [id, next] = [...timers].sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
        if (!next || next.at > end) break;
        now = next.at;
        fire(id);
        await new Promise((resolve) => soon(resolve));
      }
      now = end;
    },
  };
})();
