// A call's media as its signalling sees it: the offer, what the peer's descriptions mean, hold, the end.
// One for each call; keeps the agreed description and steers the media session.

import type { Destination } from "./call-trace.ts";
import { textOf } from "../message/body.ts";
import type { MediaSession, RemoteMedia } from "../media-port.ts";
import type { IncomingResponse } from "../message/message.ts";
import { type Direction, isUnspecified, type LocalMedia, parseSdp, remoteMedia, writeSdp } from "../message/sdp.ts";
import { laidOut } from "../message/sdp-answer.ts";
import type { TrunkOptions } from "../trunk/trunk-options.ts";

/** What a call tells its media of itself. */
export interface CallMediaParts {
  sessionId: number;
  /** Where the trunk answers from. */
  source: () => Destination;
}

export interface CallMediaOptions extends CallMediaParts {
  session: MediaSession;
  trunk: Pick<TrunkOptions, "codecs" | "srtp" | "latch">;
}

export interface CallMedia {
  offer(address: string): string;
  /** Our present description, for a refresh: the same again, so that nothing changes (RFC 4028 §7.4). */
  description(): string;
  /** A provisional response; a description in it is early media. */
  early(response: IncomingResponse): void;
  /** The 2xx: the bot begins. Why it cannot, otherwise. */
  answered(response: IncomingResponse): string | undefined;
  /** The peer's new offer, or its request for ours. */
  renegotiate(sdp: string | undefined): { sdp: string } | { status: 488 | 491 };
  /** The answer to the offer that `renegotiate` gave. */
  lateAnswer(sdp: string): void;
  /** A key that the far end told by signalling; absent where keys are the two ends' own. */
  pressed?(key: string): void;
  close(): void;
}

/** The session must be open; it is closed with the call, once. */
export function callMedia({ session, trunk, sessionId, source }: CallMediaOptions): CallMedia {
  let isOpen = true;
  let agreed = false;
  let last = "";
  let place: Place | undefined;
  let offered: string | undefined;
  let local = beginning(session, trunk, sessionId);

  const read = (sdp: string) => readRemote(sdp, { session, trunk, source: source(), place });
  const connect = (sdp: string): string | undefined => {
    const remote = read(sdp);
    if ("refused" in remote) return remote.refused;
    // The same description again (183 and 200) is no change.
    if (isOpen && sdp !== last) session.connect(remote);
    last = sdp;
    place = { address: remote.address, port: remote.port };
    agreed = true;
    return undefined;
  };

  return {
    offer(address) {
      local = { ...local, address };
      return writeSdp(local);
    },
    description: () => laidOut(writeSdp(local), offered),
    early(response) {
      const sdp = textOf(response);
      if (sdp !== undefined) connect(sdp);
    },
    answered(response) {
      const sdp = textOf(response);
      const refused = sdp === undefined ? undefined : connect(sdp);
      if (refused !== undefined) return refused;
      if (!agreed) return "the answer has no description";
      session.answer();
      return undefined;
    },
    renegotiate(sdp) {
      // Our own offer has no answer yet.
      if (!agreed) return { status: 491 };
      if (sdp === undefined) {
        local = { ...local, version: local.version + 1, direction: "sendrecv" };
        return { sdp: laidOut(writeSdp(local), offered) };
      }
      const peer = parseSdp(sdp);
      const remote = read(sdp);
      if (peer === undefined || "refused" in remote) return { status: 488 };
      const direction: Direction = remote.direction;
      if (sdp !== last) local = { ...local, version: local.version + 1, direction };
      connect(sdp);
      offered = sdp;
      return { sdp: laidOut(writeSdp(local, peer), offered) };
    },
    lateAnswer: (sdp) => void connect(sdp),
    pressed: (key) => session.pressed(key),
    close() {
      if (!isOpen) return;
      isOpen = false;
      void session.close();
    },
  };
}

/** Before our address is known. */
function beginning(session: MediaSession, trunk: CallMediaOptions["trunk"], sessionId: number): LocalMedia {
  return {
    sessionId,
    version: 1,
    address: "0.0.0.0",
    port: session.port,
    codecs: trunk.codecs,
    direction: "sendrecv",
    crypto: session.crypto,
    secureOnly: trunk.srtp === "require",
  };
}

type Place = Pick<RemoteMedia, "address" | "port">;

/** The far end as its description has it; `place`: where its audio is until now. */
function readRemote(
  sdp: string,
  {
    session,
    trunk,
    source,
    place,
  }: { session: MediaSession; trunk: CallMediaOptions["trunk"]; source: Destination; place: Place | undefined },
): RemoteMedia | { refused: string } {
  const peer = parseSdp(sdp);
  if (peer === undefined) return { refused: "the description has no audio stream" };
  const remote = remoteMedia(peer, {
    codecs: trunk.codecs,
    signalling: source.address,
    latch: trunk.latch,
    keyed: session.crypto.length > 0,
    secureOnly: trunk.srtp === "require",
  });
  // An address of nobody only says that we are on hold; whatever still comes, comes from where it came from.
  return isUnspecified(peer.address) && place !== undefined ? { ...remote, ...place } : remote;
}
