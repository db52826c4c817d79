// Speech or not, frame by frame: louder than the line's own noise, which is learnt as the call goes on, and not much softer than
// whoever speaks. Used by machine-detector.ts.

import { levelDb } from "../sound/tone.ts";

/** A voice that lasts for fewer frames may be a click. */
export const CLICK_FRAMES = 3;

/** One a call. */
interface VoiceActivity {
  /**
   * How many frames in a row have been louder than the line, this one included; 0 for silence. Nothing is learnt from a frame
   * of a tone, which would pass for a loud line before long.
   */
  hear(meanSquareValue: number, isTone: boolean): number;
}

/** dB; what a voice has over the noise of the line. */
const MARGIN_DB = 9;
/** Of the way from the noise up to the loudest of late: what stays below is background, were it other people's talk. */
const BACKGROUND_SHARE = 0.45;
/** A frame; 10 dB in 20 s, so that nobody's background becomes speech because they are silent. */
const PEAK_FALL_DB = 0.01;
/** The noise is what a fifth of the last 3 s stays below; a voice is remembered by every fourth frame, or a long sentence would become noise. */
const MEMORY_FRAMES = 150;
const NOISE_SHARE = 0.2;
const VOICE_STEP = 4;
/** No line is taken for quieter, so that the codec's last bit is no voice. */
const QUIETEST_DB = -64;
/** And none for louder before so many frames were heard: who speaks at once is no noise. */
const LOUDEST_AT_FIRST_DB = -40;
const FIRST_FRAMES = 40;
/** Stands for digital silence. */
const SILENCE_DB = -100;

/** Knows no noise yet. */
export function createVoiceActivity(): VoiceActivity {
  const noise = createNoiseLevel();
  let peakDb = SILENCE_DB;
  let beforeDb = SILENCE_DB;
  let run = 0;
  let frames = 0;
  return {
    hear(meanSquareValue, isTone) {
      const db = Math.max(SILENCE_DB, levelDb(meanSquareValue));
      frames += 1;
      if (!isTone) {
        if (run % VOICE_STEP === 0) noise.learn(db);
        // Two frames make a peak, one a crackle.
        peakDb = Math.max(peakDb - PEAK_FALL_DB, Math.min(db, beforeDb));
        beforeDb = db;
      }
      const noiseDb = Math.max(QUIETEST_DB, frames < FIRST_FRAMES ? Math.min(noise.levelDb(), LOUDEST_AT_FIRST_DB) : noise.levelDb());
      run = db > noiseDb + Math.max(MARGIN_DB, (peakDb - noiseDb) * BACKGROUND_SHARE) ? run + 1 : 0;
      return run;
    },
  };
}

/** Counts the frames of the last seconds by their level, a place for each dB. */
function createNoiseLevel(): { learn(db: number): void; levelDb(): number } {
  const counts = new Uint8Array(1 - SILENCE_DB);
  const memory = new Uint8Array(MEMORY_FRAMES);
  let heard = 0;
  return {
    learn(db) {
      const place = Math.min(counts.length - 1, Math.max(0, Math.round(db - SILENCE_DB)));
      const slot = heard % MEMORY_FRAMES;
      const oldest = memory[slot] ?? 0;
      if (heard >= MEMORY_FRAMES) counts[oldest] = (counts[oldest] ?? 0) - 1;
      memory[slot] = place;
      counts[place] = (counts[place] ?? 0) + 1;
      heard += 1;
    },
    levelDb() {
      const wanted = Math.min(heard, MEMORY_FRAMES) * NOISE_SHARE;
      let place = 0;
      for (let below = counts[0] ?? 0; below <= wanted && place < counts.length - 1; below += counts[place] ?? 0) place += 1;
      return place + SILENCE_DB;
    },
  };
}
