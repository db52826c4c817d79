// Sounds that a far end makes, for tests of what listens: something like speech, tones, silence; cut into frames.

import { FRAME_SAMPLES, SAMPLES_PER_MS } from "../../../src/media/sound/frame.ts";
import { seededRandom } from "../../../src/runtime/random.ts";

export function silence(ms: number): Int16Array {
  return new Int16Array(ms * SAMPLES_PER_MS);
}

export function tone(hz: number, ms: number, amplitude = 8_000): Int16Array {
  return Int16Array.from({ length: ms * SAMPLES_PER_MS }, (_, index) => amplitude * Math.sin((2 * Math.PI * hz * index) / 8_000));
}

/** Hiss in syllables of 160 ms with 40 ms between them: no words, but as loud and as quiet as words are. */
export function speech(ms: number, amplitude = 8_000): Int16Array {
  const random = seededRandom(1);
  return Int16Array.from({ length: ms * SAMPLES_PER_MS }, (_, index) => {
    const inSyllable = (index / SAMPLES_PER_MS) % 200;
    return inSyllable < 160 ? amplitude * (2 * random.fraction() - 1) * Math.sin((Math.PI * inSyllable) / 160) : 0;
  });
}

export function joined(...sounds: Int16Array[]): Int16Array {
  const whole = new Int16Array(sounds.reduce((sum, sound) => sum + sound.length, 0));
  let at = 0;
  for (const sound of sounds) {
    whole.set(sound, at);
    at += sound.length;
  }
  return whole;
}

/** The last one is filled up with silence. */
export function framesOf(sound: Int16Array): Int16Array[] {
  return Array.from({ length: Math.ceil(sound.length / FRAME_SAMPLES) }, (_, index) =>
    joined(sound.slice(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES), new Int16Array(FRAME_SAMPLES)).slice(0, FRAME_SAMPLES),
  );
}
