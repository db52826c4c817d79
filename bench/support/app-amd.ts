// The rules of Asterisk's application AMD() with its default settings, written from their description, for a comparison in
// bench/amd.ts.

import { FRAME_MS, FRAME_SAMPLES } from "../../src/media/sound/frame.ts";
import type { Decision } from "../../scripts/amd-judge.ts";

const defaults = {
  initialSilenceMs: 2_500,
  greetingMs: 1_500,
  afterGreetingSilenceMs: 800,
  totalMs: 5_000,
  minWordMs: 100,
  betweenWordsMs: 50,
  maxWords: 2,
  maxWordMs: 5_000,
  /** Mean of the samples' magnitudes. */
  silenceThreshold: 256,
};

/** Its MACHINE, HUMAN and NOTSURE as machine, human and unknown. */
export function decideAsAsterisk(samples: Int16Array, rules = defaults): Decision {
  let nowMs = 0;
  let silenceMs = 0;
  let voiceMs = 0;
  let runMs = 0;
  let words = 0;
  let inWord = true;
  let inInitialSilence = true;
  let inGreeting = false;
  const told = (result: Decision["result"], reason: string): Decision => ({ result, reason, atMs: nowMs, heardBeep: false });
  for (let at = 0; at + FRAME_SAMPLES <= samples.length && nowMs < rules.totalMs; at += FRAME_SAMPLES) {
    nowMs += FRAME_MS;
    if (meanMagnitude(samples.subarray(at, at + FRAME_SAMPLES)) < rules.silenceThreshold) {
      silenceMs += FRAME_MS;
      if (silenceMs >= rules.betweenWordsMs) {
        inWord = false;
        runMs = 0;
      }
      if (inInitialSilence && silenceMs >= rules.initialSilenceMs) return told("machine", "initial silence");
      if (inGreeting && silenceMs >= rules.afterGreetingSilenceMs) return told("human", "pause");
      continue;
    }
    runMs += FRAME_MS;
    voiceMs += FRAME_MS;
    if (runMs >= rules.minWordMs && !inWord) {
      words += 1;
      inWord = true;
    }
    if (runMs >= rules.maxWordMs) return told("machine", "long word");
    if (words > rules.maxWords) return told("machine", "words");
    if (inGreeting && voiceMs >= rules.greetingMs) return told("machine", "long greeting");
    if (voiceMs >= rules.minWordMs) {
      if (silenceMs > 0) inInitialSilence = false;
      silenceMs = 0;
    }
    if (runMs >= rules.minWordMs && !inGreeting) {
      inInitialSilence = false;
      inGreeting = true;
    }
  }
  return told("unknown", "not sure");
}

function meanMagnitude(frame: Int16Array): number {
  let sum = 0;
  for (let index = 0; index < frame.length; index += 1) sum += Math.abs(frame[index] ?? 0);
  return sum / frame.length;
}
