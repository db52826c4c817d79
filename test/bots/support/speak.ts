// People who speak into their telephones, all in step: a frame each 20 ms, by the clock and not by what came.

import type { Telephone } from "./phone-line.ts";

/** When each frame was said, for each speaker, and how late the latest was. */
export interface Spoken {
  saidAtMs: number[][];
  latestMs: number;
}

/** Resolves half a second after the last frame, when its echo has come back. */
export function speak(speakers: readonly { telephone: Telephone; sent: Uint8Array }[]): Promise<Spoken> {
  const startMs = performance.now();
  const saidAtMs: number[][] = speakers.map(() => []);
  const frames = Math.max(...speakers.map(({ sent }) => Math.floor(sent.length / 160)));
  let next = 0;
  let latestMs = 0;
  return new Promise((resolve) => {
    const step = () => {
      const nowMs = performance.now();
      for (; next < frames && startMs + next * 20 <= nowMs; next += 1) {
        latestMs = Math.max(latestMs, Math.round(nowMs - startMs - next * 20));
        speakers.forEach(({ telephone, sent }, index) => {
          if ((next + 1) * 160 > sent.length) return;
          telephone.say(sent.subarray(next * 160, (next + 1) * 160), next * 160);
          saidAtMs[index]?.push(performance.now());
        });
      }
      if (next < frames) setTimeout(step, Math.max(0, startMs + next * 20 - performance.now()));
      else setTimeout(() => resolve({ saidAtMs, latestMs }), 500);
    };
    step();
  });
}
