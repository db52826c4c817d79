// A recording left on an answering machine: waits for the greeting's end, says it once, and is done. Used by line.ts.

import type { GreetingEnd } from "../amd/machine-detector.ts";
import { FRAME_MS } from "../sound/frame.ts";
import { createPlayer } from "../sound/player.ts";

/** A greeting that has not ended by then is not waited for: better a message without its beginning than none. */
const LONGEST_GREETING_MS = 30_000;

/** One a call, once it is known that a machine has answered. */
export interface VoicemailMessage {
  /**
   * One step of 20 ms: fills the frame, or answers false while it waits and once it is done. `greetingEnd` is what is known of it
   * now; `isDeaf` when nothing more will be known.
   */
  next(frame: Int16Array, greetingEnd: GreetingEnd | undefined, isDeaf: boolean): boolean;
  /** All of it has been said. */
  isDone(): boolean;
}

/** A beep that comes after all, while the message is being said, lets it begin again: the machine records from there. */
export function createVoicemailMessage(samples: Int16Array): VoicemailMessage {
  const player = createPlayer(samples);
  let waitedMs = 0;
  let began: GreetingEnd["by"] | "patience" | undefined;
  let done = false;
  return {
    next(frame, greetingEnd, isDeaf) {
      if (began === undefined) {
        waitedMs += FRAME_MS;
        if (greetingEnd !== undefined) began = greetingEnd.by;
        else if (isDeaf || waitedMs >= LONGEST_GREETING_MS) began = "patience";
        else return false;
      } else if (began !== "beep" && greetingEnd?.by === "beep") {
        began = "beep";
        player.rewind();
      }
      if (done) return false;
      if (player.fill(frame)) return true;
      done = true;
      return false;
    },
    isDone: () => done,
  };
}
