// Buffers that all calls of the engine use in turn, so that they stay in the processor's cache: what is in them is nobody's once
// the step or the packet is over. Made by engine.ts for its sessions.

import { FRAME_SAMPLES } from "../sound/frame.ts";
import { RTP_HEADER_BYTES } from "./rtp.ts";
import { SRTP_OVERHEAD_BYTES } from "./srtp.ts";

/** Samples, or bytes, of a packet that is taken in; one that holds more is refused. */
export const LONGEST_PAYLOAD = FRAME_SAMPLES * 10;

/** One an engine. */
export interface Scratch {
  /** What came and then what is said, of the call whose step it is. */
  frame: Int16Array;
  /** The first so many of what a packet that came holds. */
  samples(count: number): Int16Array;
  /** The packet that is being built, with room for SRTP. */
  packet: Uint8Array;
  /** The first so many bytes of it. */
  packetView(length: number): Uint8Array;
}

/** Filled with nothing yet. */
export function createScratch(): Scratch {
  const packet = new Uint8Array(RTP_HEADER_BYTES + FRAME_SAMPLES + SRTP_OVERHEAD_BYTES);
  return { frame: new Int16Array(FRAME_SAMPLES), samples: viewOf(new Int16Array(LONGEST_PAYLOAD)), packet, packetView: viewOf(packet) };
}

/** Nearly every packet has the same length, so the view that was made last is mostly the one that is asked for. */
function viewOf<T extends Int16Array | Uint8Array>(whole: T): (length: number) => T {
  let view = whole;
  return (length) => {
    if (view.length !== length) view = whole.subarray(0, length) as T;
    return view;
  };
}
