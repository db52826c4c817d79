// What a steady tone on the line means: the network's three tones first, then a fax, then a mailbox's beep. Used by
// machine-detector.ts.

import { type BeepEvent, createBeepDetector } from "./beep.ts";
import { faxOf } from "./fax.ts";
import { createSpecialToneDetector, type SpecialTone } from "./special-tones.ts";
import type { SteadyTone } from "./steady-tone.ts";

export type ToneSign = { kind: "sit"; specialTone: SpecialTone } | { kind: "fax_calling" | "fax_answering" | BeepEvent };

/** One a call. */
interface ToneSigns {
  /** `tone` or `isSpeech` is what is heard in this frame, `speechDb` the level of the speech so far: -Infinity while there was none. */
  hear(tone: SteadyTone | undefined, isSpeech: boolean, speechDb: number): ToneSign | undefined;
}

/** dB; speech that is so much softer than a tone is talk in the background, and no greeting that the tone belongs to. */
const BACKGROUND_DB = 25;

/** Each of them waits for its own. */
export function createToneSigns(): ToneSigns {
  const beeps = createBeepDetector();
  const specialTones = createSpecialToneDetector();
  return {
    hear(tone, isSpeech, speechDb) {
      const isUnderWay = specialTones.isUnderWay();
      const specialTone = specialTones.hear(tone);
      if (specialTone !== undefined) return { kind: "sit", specialTone };
      const greetingDb = tone !== undefined && speechDb < tone.db - BACKGROUND_DB ? -Infinity : speechDb;
      const fax = tone === undefined ? undefined : faxOf(tone, greetingDb > -Infinity);
      if (fax !== undefined) return { kind: fax };
      const beep = isUnderWay ? undefined : beeps.hear(tone, isSpeech, greetingDb);
      return beep === undefined ? undefined : { kind: beep };
    },
  };
}
