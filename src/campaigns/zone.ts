// Time zones, as Temporal knows them: which names there are, and how a zone's clocks read at an instant.
// Pure; window.ts decides with it, and the schema of a campaign asks `isTimeZone`.

/**
 * Whether `zone` is a name of the IANA database (`Asia/Kolkata`, `UTC`), in any case.
 * A bare offset such as `+05:30` is not: it has no rules for summer time.
 */
export function isTimeZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    zonedAt(zone, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * A span of time up to `until` (epoch ms, exclusive) in which a zone's clocks run evenly. `readings` are what is
 * added to an instant to get the wall clock, in ms: one of them, or both where the clocks show this hour twice.
 */
export interface Stretch {
  readings: readonly number[];
  until: number;
}

/**
 * The stretch that holds `at` (epoch ms). `until` is Infinity in a zone that changes no more. Example: New York sets
 * its clocks back at 06:00Z on 2026-11-01, so from 05:00Z to 07:00Z the readings are −4 h and −5 h.
 */
export function stretchAt(zone: string, at: number): Stretch {
  const here = zonedAt(zone, at);
  const reading = readingOf(here);
  const readings = [reading];
  let until = Infinity;

  const next = here.getTimeZoneTransition("next");
  if (next !== null) {
    const repeatsFrom = next.epochMilliseconds - Math.max(0, reading - readingOf(next));
    until = at < repeatsFrom ? repeatsFrom : next.epochMilliseconds;
    if (at >= repeatsFrom) readings.push(readingOf(next));
  }

  // "previous" leaves out a transition at the very instant, hence the one millisecond more.
  const last = zonedAt(zone, at + 1).getTimeZoneTransition("previous");
  if (last !== null) {
    const before = readingOf(zonedAt(zone, last.epochMilliseconds - 1));
    const repeatsUntil = last.epochMilliseconds + Math.max(0, before - reading);
    if (at < repeatsUntil) {
      readings.push(before);
      until = Math.min(until, repeatsUntil);
    }
  }
  return { readings, until };
}

/**
 * What a zone's clocks read from one instant to another (both epoch ms), written so that two zones that tick alike there
 * give equal texts: `Europe/Jersey` and `Europe/London` do for years to come, `America/Denver` and `America/Phoenix` do not.
 */
export function clocksBetween(zone: string, from: number, until: number): string {
  let zoned = zonedAt(zone, from);
  const clocks = [String(readingOf(zoned))];
  for (;;) {
    const next = zoned.getTimeZoneTransition("next");
    if (next === null || next.epochMilliseconds >= until) return clocks.join(" ");
    zoned = next;
    clocks.push(`${zoned.epochMilliseconds}:${readingOf(zoned)}`);
  }
}

/** By the constructor, which takes a zone's name and nothing else: other ways also read a zone out of a date's text. */
function zonedAt(zone: string, at: number): Temporal.ZonedDateTime {
  return new Temporal.ZonedDateTime(BigInt(Math.floor(at)) * 1_000_000n, zone);
}

function readingOf(zoned: Temporal.ZonedDateTime): number {
  return zoned.offsetNanoseconds / 1_000_000;
}
