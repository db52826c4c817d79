// Instants as people and programs write them. Pure: for the door of the API, columns of a list, words of an analysis.

/** What `parseInstant` takes, as the end of a sentence. */
export const INSTANT_IN_WORDS = "an instant with its offset, such as 2026-05-06T11:23:45Z or 2026-05-06T16:53:45+05:30";

const ISO_WITH_OFFSET = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/i;

/** Epoch ms; undefined for a local time, which means something else in every zone, and for a day that does not exist. */
export function parseInstant(text: string): number | undefined {
  if (!ISO_WITH_OFFSET.test(text)) return undefined;
  try {
    return Temporal.Instant.from(text).epochMilliseconds;
  } catch {
    // 30 February, or an hour 25.
    return undefined;
  }
}
