// How large a body that is read as a whole may be, by path: 64 MiB of JSON unless the route is for something else.

/** The largest JSON body; a CSV stream is bounded by its rows instead. */
const LARGEST_JSON_BYTES = 64 * 1024 * 1024;

const special: readonly { path: RegExp; limit: BodyLimit }[] = [
  { path: /^\/api\/calls\/[^/]+\/outcome$/, limit: { kind: "JSON", bytes: 256 * 1024, advice: " here" } },
  {
    path: /^\/api\/agents\/[^/]+\/audio$/,
    limit: { kind: "WAV", bytes: 32 * 1024 * 1024, advice: "; save the sound with fewer samples a second (8000 are played) or as mono" },
  },
];

/** `advice` ends the sentence of a refusal. A WAV is taken as it is, whatever type is declared. */
export interface BodyLimit {
  kind: "JSON" | "WAV";
  bytes: number;
  advice: string;
}

/** The limit of the route at `path`. */
export function bodyLimitOf(path: string): BodyLimit {
  const own = special.find((each) => each.path.test(path));
  return own?.limit ?? { kind: "JSON", bytes: LARGEST_JSON_BYTES, advice: "; send a larger list as text/csv" };
}
