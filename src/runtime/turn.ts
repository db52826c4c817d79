// A breath between the slices of long work, so that calls and requests are served meanwhile.

/** Resolves when the event loop has been round once. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
