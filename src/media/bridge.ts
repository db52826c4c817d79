// Two lines joined: what is heard on one is said on the other, and keys are passed on. Each line's session takes one end as
// its bot, so that whatever listens on a line goes on listening. Made by the engine.

import { FRAME_SAMPLES } from "./sound/frame.ts";
import type { MediaBot } from "./media-bot.ts";

/** Frames that wait for the other line's next step. One is the rule; more come of steps that were left out, and the oldest goes. */
const MOST_WAITING = 3;

/** What an end needs of its own line. */
interface BridgedLine {
  sendDtmf(digits: string): void;
  isOnHold(): boolean;
}

/** The ends, in the order of their lines. Neither ever ends its call: who hangs up is known to signalling. */
export function createBridge(first: BridgedLine, second: BridgedLine): [MediaBot, MediaBot] {
  const toFirst = createFrameQueue();
  const toSecond = createFrameQueue();
  return [endOf(toSecond, toFirst, second), endOf(toFirst, toSecond, first)];
}

function endOf(said: FrameQueue, heard: FrameQueue, other: BridgedLine): MediaBot {
  return {
    start: () => undefined,
    onFrame: said.push,
    nextFrame: heard.shift,
    onDtmf: (digit) => other.sendDtmf(digit),
    isOnHold: () => other.isOnHold(),
    close: () => undefined,
  };
}

interface FrameQueue {
  push(frame: Int16Array): void;
  /** False, and the frame as it was, when nothing waits. */
  shift(frame: Int16Array): boolean;
}

/** A ring: frames are lent, so each is copied, and none is made while the call goes on. */
function createFrameQueue(): FrameQueue {
  const ring = new Int16Array(MOST_WAITING * FRAME_SAMPLES);
  let first = 0;
  let waiting = 0;
  return {
    push(frame) {
      if (waiting === MOST_WAITING) {
        first = (first + 1) % MOST_WAITING;
        waiting -= 1;
      }
      ring.set(frame, ((first + waiting) % MOST_WAITING) * FRAME_SAMPLES);
      waiting += 1;
    },
    shift(frame) {
      if (waiting === 0) return false;
      frame.set(ring.subarray(first * FRAME_SAMPLES, (first + 1) * FRAME_SAMPLES));
      first = (first + 1) % MOST_WAITING;
      waiting -= 1;
      return true;
    },
  };
}
