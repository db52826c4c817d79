// What is read out of a text is kept by it: between two rounds the rules of campaigns seldom change. Used by roster.ts and lines.ts.

/** Results kept at most; past it they are worked out anew. */
const MOST_REMEMBERED = 2_000;

/** Reads each text once, while there are not too many. The result must not be changed. */
export function remembering<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const value = known.get(text) ?? read(text);
    if (!known.has(text)) {
      if (known.size >= MOST_REMEMBERED) known.clear();
      known.set(text, value);
    }
    return value;
  };
}
