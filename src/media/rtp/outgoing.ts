// What a call sends: one packet each 20 ms, of the bot's sound, of silence, or of a key being pressed.

import type { Random } from "../../runtime/random.ts";
import { createDtmfSender, DTMF_PAYLOAD_BYTES, type DtmfStep, dtmfFrequencies, writeTelephoneEvent } from "./dtmf.ts";
import { FRAME_SAMPLES } from "../sound/frame.ts";
import { g711 } from "../sound/g711.ts";
import type { RemoteMedia } from "../protocol.ts";
import { readUint32, RTP_HEADER_BYTES, writeRtpHeader } from "./rtp.ts";
import { SRTP_OVERHEAD_BYTES, type SrtpSender } from "./srtp.ts";
import { createTone, type Tone } from "../sound/tone.ts";

const KEY_AMPLITUDE = 6_000;

/** The sending half of a call. */
export interface Outgoing {
  readonly ssrc: number;
  /** One step of 20 ms: `frame` or, without one, silence. Without `remote` only the clock moves on. */
  tick(frame: Int16Array | undefined, remote: RemoteMedia | undefined): void;
  sendDtmf(digits: string): void;
  /** Ticks that never ran: the far end is to see a gap, not a clock that stood still. */
  skip(frames: number): void;
  secure(sender: SrtpSender | undefined): void;
  /** For a sender report: of the next packet to be sent. */
  facts(): { rtpTimestamp: number; packets: number; octets: number };
}

interface State {
  ssrc: number;
  sequence: number;
  timestamp: number;
  /** The next audio packet is the first after a pause. */
  marker: boolean;
  packets: number;
  octets: number;
  packet: Uint8Array;
  /** The view of `packet` that was sent last: nearly every packet has the same length. */
  view: Uint8Array;
  srtp: SrtpSender | undefined;
  send: (bytes: Uint8Array) => void;
}

/** SSRC, sequence and timestamp begin at random. */
export function createOutgoing(random: Random, send: (bytes: Uint8Array) => void): Outgoing {
  const start = random.bytes(10);
  const packet = new Uint8Array(RTP_HEADER_BYTES + FRAME_SAMPLES + SRTP_OVERHEAD_BYTES);
  const state: State = {
    ssrc: readUint32(start, 0),
    // The upper half is left out, so that SRTP's counter does not roll over within the first packets (RFC 3711 §3.3.1).
    sequence: readUint32(start, 4) & 0x7fff,
    timestamp: readUint32(start, 6),
    marker: true,
    packets: 0,
    octets: 0,
    packet,
    view: packet,
    srtp: undefined,
    send,
  };
  const keys = createDtmfSender();
  const keyFrame = new Int16Array(FRAME_SAMPLES);
  let keyTone: Tone | undefined;

  const sendStep = (step: DtmfStep, remote: RemoteMedia) => {
    if (step.kind === "pause") return sendAudio(state, undefined, remote);
    if (remote.telephoneEvent !== undefined) return sendEvent(state, step, remote.telephoneEvent);
    if (step.first) keyTone = createTone(dtmfFrequencies(step.event.event), KEY_AMPLITUDE);
    keyTone?.fill(keyFrame);
    sendAudio(state, step.event.end ? undefined : keyFrame, remote);
  };

  return {
    ssrc: state.ssrc,
    tick(frame, remote) {
      if (remote === undefined) {
        state.marker = true;
      } else {
        const step = keys.next(state.timestamp);
        if (step === undefined) sendAudio(state, frame, remote);
        else sendStep(step, remote);
      }
      state.timestamp = (state.timestamp + FRAME_SAMPLES) >>> 0;
    },
    sendDtmf: (digits) => keys.send(digits),
    skip(frames) {
      state.timestamp = (state.timestamp + frames * FRAME_SAMPLES) >>> 0;
      state.marker = true;
    },
    secure: (sender) => void (state.srtp = sender),
    facts: () => ({ rtpTimestamp: state.timestamp, packets: state.packets, octets: state.octets >>> 0 }),
  };
}

function sendAudio(state: State, frame: Int16Array | undefined, { codec, payloadType }: RemoteMedia): void {
  const { marker, timestamp } = state;
  if (frame === undefined) state.packet.fill(g711[codec].silence, RTP_HEADER_BYTES, RTP_HEADER_BYTES + FRAME_SAMPLES);
  else g711[codec].encode(frame, state.packet, RTP_HEADER_BYTES);
  state.marker = false;
  sendPacket(state, { payloadType, marker, timestamp }, FRAME_SAMPLES);
}

function sendEvent(state: State, step: DtmfStep & { kind: "event" }, payloadType: number): void {
  writeTelephoneEvent(state.packet, RTP_HEADER_BYTES, step.event);
  state.marker = true;
  sendPacket(state, { payloadType, marker: step.first, timestamp: step.timestamp }, DTMF_PAYLOAD_BYTES);
}

function sendPacket(state: State, header: { payloadType: number; marker: boolean; timestamp: number }, payloadBytes: number): void {
  const { payloadType, marker, timestamp } = header;
  writeRtpHeader(state.packet, { payloadType, marker, timestamp, sequence: state.sequence, ssrc: state.ssrc });
  const clear = RTP_HEADER_BYTES + payloadBytes;
  const length = state.srtp === undefined ? clear : state.srtp.protect(state.packet, clear);
  state.sequence = (state.sequence + 1) & 0xffff;
  state.packets += 1;
  state.octets += payloadBytes;
  if (state.view.length !== length) state.view = state.packet.subarray(0, length);
  state.send(state.view);
}
