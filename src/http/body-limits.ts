// How large a JSON body may be, by the route it is for. Used by body.ts.

/** `advice` ends the sentence of a refusal. */
export interface JsonLimit {
  bytes: number;
  advice: string;
}

const usual: JsonLimit = { bytes: 64 * 1024 * 1024, advice: "; send a larger list as text/csv" };
const ofOutcome: JsonLimit = { bytes: 256 * 1024, advice: " here" };

/** Anyone with a call's token may send its outcome: that is kept small. */
export function jsonLimitOf(url: string): JsonLimit {
  return /^\/api\/calls\/[^/]+\/outcome$/.test(new URL(url).pathname) ? ofOutcome : usual;
}
