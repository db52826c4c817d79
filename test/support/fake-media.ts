// Media for tests of signalling: ports that nobody listens on, what was asked of each session, and events on demand.

import type { MediaEngine, MediaEvents, MediaOrder, MediaSession, RemoteMedia } from "../../src/sip/media-port.ts";

export interface FakeSession {
  order: MediaOrder;
  events: MediaEvents;
  /** Every `connect`, in order. */
  remotes: RemoteMedia[];
  answered: boolean;
  /** Keys that were told by signalling. */
  pressed: string[];
  closed: boolean;
  /** The session that it was joined with last. */
  bridgedWith: number | undefined;
  /** To whom, where it is bridged. */
  bridgedTo: "bot" | "hand_over" | undefined;
  /** Why its bot was told that the person could not be handed over, each time. */
  failedTransfers: string[];
}

export interface FakeMedia extends MediaEngine {
  sessions: FakeSession[];
  /** The next `open` finds no free port. */
  exhausted: boolean;
}

const KEY = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

export function createFakeMedia(firstPort = 40_000): FakeMedia {
  const media: FakeMedia = {
    sessions: [],
    exhausted: false,
    open(order, events) {
      if (media.exhausted) return undefined;
      const session: FakeSession = {
        order,
        events,
        remotes: [],
        pressed: [],
        answered: false,
        closed: false,
        bridgedWith: undefined,
        bridgedTo: undefined,
        failedTransfers: [],
      };
      const port = firstPort + media.sessions.length * 2;
      media.sessions.push(session);
      const opened: MediaSession = {
        id: media.sessions.length,
        port: port % 65_000,
        crypto: order.srtp ? [{ suite: "AES_CM_128_HMAC_SHA1_80", key: KEY }] : [],
        connect: (remote) => void session.remotes.push(remote),
        answer: () => void (session.answered = true),
        sendDtmf: () => undefined,
        pressed: (key) => void session.pressed.push(key),
        bridge({ id }, to) {
          session.bridgedWith = id;
          session.bridgedTo = to;
        },
        transferFailed: (reason) => void session.failedTransfers.push(reason),
        redirect: () => undefined,
        close() {
          session.closed = true;
          return Promise.resolve({ packetsSent: 0, packetsReceived: 0, packetsLost: 0, jitterMs: 0 });
        },
      };
      return opened;
    },
    stop: () => Promise.resolve(),
  };
  return media;
}
