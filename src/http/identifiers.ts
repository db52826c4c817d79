// Identifiers on the wire: what the model.ts of each room says of its ids.

import { Type } from "typebox";
import type { IdPrefix } from "../runtime/ids.ts";

/** An identifier in an answer; requests name others by plain texts, and what is not there is a 404. */
export function idOf(prefix: IdPrefix) {
  return Type.String({ pattern: `^${prefix}_[0-9a-z]{26}$`, examples: [exampleId(prefix)] });
}

/** One that looks real, for examples. */
export function exampleId(prefix: IdPrefix): string {
  return `${prefix}_01jt3v9h8k4m2n6p8q0r2s4t6v`;
}
