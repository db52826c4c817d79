// Instants on the wire: ISO 8601 in UTC with milliseconds going out, with any offset coming in.
// Used by the model.ts of each room, which is where epoch milliseconds turn into text and back.

import { Type } from "typebox";
import { invalid } from "../errors.ts";
import type { EpochMs } from "../runtime/clock.ts";

/** An instant in an answer. */
export const InstantJson = Type.String({ format: "date-time", description: "ISO 8601, UTC with milliseconds" });
export const InstantOrNullJson = Type.Union([InstantJson, Type.Null()]);

/** An instant in a request; `readInstant` has the last word. */
export const InstantInput = Type.String({ maxLength: 40, description: "ISO 8601 with a zone offset or Z", examples: ["2026-06-01T09:00:00+05:30"] });

/** `2026-05-06T11:23:45.123Z`. */
export function toInstant(at: EpochMs): string {
  return new Date(at).toISOString();
}

/** For what has not happened yet. */
export function toInstantOrNull(at: EpochMs | null): string | null {
  return at === null ? null : toInstant(at);
}

const ISO_WITH_OFFSET = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/i;

/** Throws a 400 about `path` for a local time, which means something else in every zone, and for a day that does not exist. */
export function readInstant(path: string, text: string): EpochMs {
  try {
    if (ISO_WITH_OFFSET.test(text)) return Temporal.Instant.from(text).epochMilliseconds;
  } catch {
    // 30 February, or an hour 25: the refusal below says what would be right.
  }
  throw invalid(path, `${path} is '${text}'; it must be an instant with its offset, such as 2026-05-06T11:23:45Z or 2026-05-06T16:53:45+05:30`);
}
