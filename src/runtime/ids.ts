// Identifiers: a prefix that says what it names, then 26 characters that sort by creation (ULID's layout).

import type { Clock, EpochMs } from "./clock.ts";
import type { Random } from "./random.ts";

export type IdPrefix = "cmp" | "ld" | "call" | "agent" | "ver" | "pn" | "trk" | "dnc" | "whd" | "key" | "upl" | "boot" | "req" | "aud";

/** A new identifier, `ld_01k…`; within one process each is greater than the one before. */
export type NewId = (prefix: IdPrefix) => string;

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_CHARS = 10;
const RANDOM_CHARS = 16;

/** A clock that goes back does not make an identifier that sorts before an earlier one. */
export function createIds(clock: Pick<Clock, "now">, random: Random): NewId {
  let lastMs = 0;
  let time = "";
  const tail = new Uint8Array(RANDOM_CHARS);
  return (prefix) => {
    const now = clock.now();
    if (now > lastMs) {
      lastMs = now;
      time = encodeTime(now);
      random.bytes(RANDOM_CHARS).forEach((byte, index) => (tail[index] = byte & 31));
    } else {
      increment(tail);
    }
    let text = "";
    for (const value of tail) text += ALPHABET[value];
    return `${prefix}_${time}${text}`;
  };
}

/** What every identifier of that prefix that is made at `at` or later sorts at or after. */
export function firstIdAt(prefix: IdPrefix, at: EpochMs): string {
  return `${prefix}_${encodeTime(Math.max(0, at))}`;
}

function encodeTime(ms: number): string {
  let text = "";
  for (let rest = ms, place = 0; place < TIME_CHARS; place += 1, rest = Math.floor(rest / 32)) {
    text = ALPHABET.charAt(rest % 32) + text;
  }
  return text;
}

/** Adds one to a base-32 number; 80 random bits leave no room for an overflow within a millisecond. */
function increment(digits: Uint8Array): void {
  for (let place = digits.length - 1; place >= 0; place -= 1) {
    const value = (digits[place] ?? 0) + 1;
    digits[place] = value & 31;
    if (value < 32) return;
  }
}
