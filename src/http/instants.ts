// Instants on the wire: ISO 8601 in UTC with milliseconds going out, with any offset coming in.
// Used by the model.ts of each room, which is where epoch milliseconds turn into text and back.

import { Type } from "typebox";
import { invalid } from "../errors.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { INSTANT_IN_WORDS, parseInstant } from "../runtime/instant.ts";

/** An instant in an answer. */
export const InstantJson = Type.String({ format: "date-time", description: "ISO 8601, UTC with milliseconds" });
export const InstantOrNullJson = Type.Union([InstantJson, Type.Null()]);

/** An instant in a request; `readInstant` has the last word. */
export const InstantInput = Type.String({
  maxLength: 40,
  description: "ISO 8601 with a zone offset or Z",
  examples: ["2026-06-01T09:00:00+05:30"],
});

/** `2026-05-06T11:23:45.123Z`. */
export function toInstant(at: EpochMs): string {
  return new Date(at).toISOString();
}

/** For what has not happened yet. */
export function toInstantOrNull(at: EpochMs | null): string | null {
  return at === null ? null : toInstant(at);
}

/** Throws a 400 about `path` for a local time, which means something else in every zone, and for a day that does not exist. */
export function readInstant(path: string, text: string): EpochMs {
  const at = parseInstant(text);
  if (at === undefined) throw invalid(path, `${path} is '${text}'; it must be ${INSTANT_IN_WORDS}`);
  return at;
}
