// How large a JSON body may be, by path: 64 MiB unless the route is for something small.

/** The largest JSON body; a CSV stream is bounded by its rows instead. */
const LARGEST_JSON_BYTES = 64 * 1024 * 1024;

const smaller: readonly { path: RegExp; bytes: number }[] = [{ path: /^\/api\/calls\/[^/]+\/outcome$/, bytes: 256 * 1024 }];

/** `advice` ends the sentence of a refusal. */
export interface JsonLimit {
  bytes: number;
  advice: string;
}

/** The limit of the route at `path`. */
export function jsonLimitOf(path: string): JsonLimit {
  const own = smaller.find((limit) => limit.path.test(path));
  return own === undefined ? { bytes: LARGEST_JSON_BYTES, advice: "; send a larger list as text/csv" } : { bytes: own.bytes, advice: " here" };
}
