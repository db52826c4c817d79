// Stands in on a line until another line is joined to it: says nothing, hears nothing. For bots behind SIP, and for the lines
// that are called to be joined.

import type { MediaBot } from "../media/media-bot.ts";

/** Never ends the call. */
export function createWaitingBot(): MediaBot {
  const nothing = () => undefined;
  return { start: nothing, onFrame: nothing, nextFrame: () => false, onDtmf: nothing, close: nothing };
}
