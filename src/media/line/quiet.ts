// A conversation that has died: tells once when neither side has spoken for as long as the agent allows. Used by line.ts.

import { CLICK_FRAMES, createVoiceActivity } from "../amd/voice-activity.ts";
import { FRAME_MS } from "../sound/frame.ts";

/** What a side has to be louder than to be heard at all: -60 dB. */
const SOUND = 33 ** 2;

/** One a call; one `hear` and one `say` for each 20 ms. Levels are mean squares. */
export interface QuietWatch {
  hear(meanSquareValue: number): void;
  /** 0 for silence. */
  say(meanSquareValue: number): void;
  /** A key is as good as a word. */
  touch(): void;
  /** True once, when it has been quiet for too long. */
  isTooLong(): boolean;
}

/** A limit of 0 is none. */
export function createQuietWatch(limitMs: number): QuietWatch {
  const activity = createVoiceActivity();
  const limitFrames = Math.ceil(limitMs / FRAME_MS);
  let quietFrames = 0;
  return {
    hear(meanSquareValue) {
      quietFrames += 1;
      if (activity.hear(meanSquareValue, false) >= CLICK_FRAMES && meanSquareValue > SOUND) quietFrames = 0;
    },
    say(meanSquareValue) {
      if (meanSquareValue > SOUND) quietFrames = 0;
    },
    touch: () => void (quietFrames = 0),
    isTooLong: () => limitFrames > 0 && quietFrames === limitFrames,
  };
}
