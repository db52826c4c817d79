// Packets of a busy socket, handled a bounded number at a time, so that timers, requests and commits have their turns between.
// udp-transport.ts puts it between the socket and whoever receives.

import type { Receive } from "./transport.ts";

/**
 * Bun hands over all that waits on a socket before anybody else has a turn: while packets come faster than they are handled,
 * no timer would run and no request be answered. So this many are handled at once, and the others wait for the next turn.
 */
export const MOST_A_TURN = 64;
/** Packets waiting for their turn; what comes beyond them is lost, as it would be in a full receive buffer. */
export const MOST_WAITING = 8_192;

/** Hands on what comes, in order, a bounded number in each turn of the event loop. */
export function inTurns(receive: Receive): Receive {
  let waiting: Parameters<Receive>[] = [];
  let handled = 0;
  let isPlanned = false;
  const plan = (): void => {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(() => {
      isPlanned = false;
      handled = 0;
      const mine = waiting;
      waiting = mine.splice(MOST_A_TURN);
      for (const packet of mine) take(...packet);
      if (waiting.length > 0) plan();
    });
  };
  const take: Receive = (bytes, from) => {
    handled += 1;
    plan();
    receive(bytes, from);
  };
  return (bytes, from) => {
    if (waiting.length === 0 && handled < MOST_A_TURN) return take(bytes, from);
    if (waiting.length < MOST_WAITING) waiting.push([bytes, from]);
  };
}
