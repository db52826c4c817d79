// A mailbox's beep among the steady tones of a line: not a key, not a ringing or engaged tone, not a fax, and not somebody's
// oven. Used by machine-detector.ts.

import { DTMF_DIGITS, dtmfFrequencies } from "../rtp/dtmf.ts";
import { FRAME_MS } from "../sound/frame.ts";
import { mayBeFaxAnswering } from "./fax.ts";
import { mayBeginSpecialTone } from "./special-tones.ts";
import type { SteadyTone } from "./steady-tone.ts";

/** What a beep detector tells of: the beep itself as soon as it is sure, and its end, which is when a message may begin. */
export type BeepEvent = "beep" | "beep_ended";

/** One a call. */
interface BeepDetector {
  /** `tone` or `isSpeech` is what is heard in this frame, `speechDb` the level of the speech so far, -Infinity for none. */
  hear(tone: SteadyTone | undefined, isSpeech: boolean, speechDb: number): BeepEvent | undefined;
}

const LOWEST_HZ = 380;
const HIGHEST_HZ = 2_120;
const SHORTEST_MS = 140;
/** The first harmonics of a voice that holds its pitch are no beep, so a tone as low as they are must be longer. */
const VOICE_HZ = 600;
const SHORTEST_LOW_MS = 160;
/** A beep is as loud as the greeting that it ends; what is much softer comes from the room. */
const BELOW_SPEECH_DB = 18;
/**
 * Tones that tell how a call proceeds have a part below this, and come again (ITU-T E.180): engaged within 700 ms, and those that
 * last for about a second, which is ringing, within 5 s. One that is longer still is a dial tone.
 */
const CALL_PROGRESS_HZ = 500;
const ENGAGED_AGAIN_MS = 700;
const LONGEST_ENGAGED_MS = 900;
const RINGING_AGAIN_MS = 5_000;
const LONGEST_RINGING_MS = 2_200;
const NEXT_SEGMENT_MS = 60;
const KEY_TOLERANCE_HZ = 20;
const keys = [...DTMF_DIGITS].map((_, event) => dtmfFrequencies(event)).slice(0, 16);

/** Takes nothing for a beep before there was speech: what an exchange plays while it connects comes first. */
export function createBeepDetector(): BeepDetector {
  /** Set while a beep that was told of goes on. */
  let isSounding = false;
  /** What is left to wait after a tone that might have been something else, and how long it goes on being one. */
  let waitMs: number | undefined;

  return {
    hear(tone, isSpeech, speechDb) {
      if (tone === undefined) {
        // Somebody who speaks on has made the sound himself.
        if (isSpeech) waitMs = undefined;
        if (waitMs === undefined) return undefined;
        waitMs -= FRAME_MS;
        if (waitMs > 0) return undefined;
        waitMs = undefined;
        return "beep_ended";
      }
      // Another tone so soon after: neither was a beep.
      waitMs = undefined;
      if (isSounding) {
        isSounding = !tone.ended;
        return tone.ended ? "beep_ended" : undefined;
      }
      if (speechDb === -Infinity || tone.db < speechDb - BELOW_SPEECH_DB || tone.ms < shortestMs(tone.hz) || !isOfMailbox(tone.hz))
        return undefined;
      const isDoubtful = doubtMs(tone) !== undefined;
      if (isDoubtful && tone.ended) waitMs = doubtMs(tone);
      if (isDoubtful) return undefined;
      isSounding = !tone.ended;
      return tone.ended ? "beep_ended" : "beep";
    },
  };
}

/** How long nothing must follow it before it may be called a beep; undefined for a tone that can be nothing else. */
function doubtMs({ hz, ms }: SteadyTone): number | undefined {
  if (hz.some((value) => value < CALL_PROGRESS_HZ)) {
    if (ms > LONGEST_RINGING_MS) return Infinity;
    return ms > LONGEST_ENGAGED_MS ? RINGING_AGAIN_MS : ENGAGED_AGAIN_MS;
  }
  if (mayBeginSpecialTone(hz)) return NEXT_SEGMENT_MS;
  return mayBeFaxAnswering(hz) ? FRAME_MS : undefined;
}

function shortestMs(hz: readonly number[]): number {
  return hz.some((value) => value < VOICE_HZ) ? SHORTEST_LOW_MS : SHORTEST_MS;
}

function isOfMailbox(hz: readonly number[]): boolean {
  return hz.every((value) => value >= LOWEST_HZ && value <= HIGHEST_HZ) && !keys.some((key) => isKey(hz, key));
}

function isKey(hz: readonly number[], key: readonly number[]): boolean {
  return hz.length === 2 && key.every((wanted) => hz.some((value) => Math.abs(value - wanted) <= KEY_TOLERANCE_HZ));
}
