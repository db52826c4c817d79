// Waiting for what must happen, with a bound: looks after each turn of the event loop.

/** Rejects after `limitMs` with the name of what did not happen. */
export function until(what: string, happened: () => boolean, limitMs = 5_000): Promise<void> {
  const limit = performance.now() + limitMs;
  return new Promise((resolve, reject) => {
    const look = () => {
      if (happened()) resolve();
      else if (performance.now() > limit) reject(new Error(`${what} did not happen within ${limitMs} ms`));
      else setTimeout(look, 2);
    };
    look();
  });
}
