// A fax by its tones (ITU-T T.30): one that calls says 1,100 Hz for half a second at a time, one that answers 2,100 Hz for
// seconds. Used by machine-detector.ts.

import type { SteadyTone } from "./steady-tone.ts";

const CALLING_HZ = 1_100;
const CALLING_TOLERANCE_HZ = 38;
/** 500 ms ± 15 %, less what the ends of a tone hide. */
const CALLING_SHORTEST_MS = 390;
const CALLING_LONGEST_MS = 600;
const ANSWERING_HZ = 2_100;
const ANSWERING_TOLERANCE_HZ = 20;
/** No beep is so long and so high. */
const ANSWERING_SHORTEST_MS = 1_000;

/** Whether this may become the tone of a fax that answers, so that nobody takes it for something else too early. */
export function mayBeFaxAnswering(hz: readonly number[]): boolean {
  return isTone(hz, ANSWERING_HZ, ANSWERING_TOLERANCE_HZ);
}

/** Which one this tone is of. After speech, 1,100 Hz is a mailbox's beep: no fax greets anybody. */
export function faxOf(tone: SteadyTone, speechWasHeard: boolean): "fax_calling" | "fax_answering" | undefined {
  if (mayBeFaxAnswering(tone.hz) && tone.ms >= ANSWERING_SHORTEST_MS) return "fax_answering";
  const isCalling =
    isTone(tone.hz, CALLING_HZ, CALLING_TOLERANCE_HZ) && tone.ended && tone.ms >= CALLING_SHORTEST_MS && tone.ms <= CALLING_LONGEST_MS;
  return isCalling && !speechWasHeard ? "fax_calling" : undefined;
}

function isTone(hz: readonly number[], wanted: number, tolerance: number): boolean {
  return hz.length === 1 && Math.abs((hz[0] ?? 0) - wanted) <= tolerance;
}
