// What a call sends: one packet each 20 ms, of the bot's sound, of silence, or of a key being pressed.

import type { Random } from "../../runtime/random.ts";
import { createDtmfSender, DTMF_PAYLOAD_BYTES, type DtmfSender, type DtmfStep, dtmfFrequencies, writeTelephoneEvent } from "./dtmf.ts";
import { FRAME_SAMPLES } from "../sound/frame.ts";
import { type G711, g711 } from "../sound/g711.ts";
import type { RemoteMedia } from "../protocol.ts";
import { readUint32, RTP_HEADER_BYTES, writeRtpHeader } from "./rtp.ts";
import type { Scratch } from "./scratch.ts";
import type { SrtpSender } from "./srtp.ts";
import { createTone, type Tone } from "../sound/tone.ts";

const KEY_AMPLITUDE = 6_000;

/** The sending half of a call. */
export interface Outgoing {
  readonly ssrc: number;
  /** To whom, and in which codec. The far end may also want to hear nothing: then only the clock moves on. */
  connect(remote: RemoteMedia, srtp: SrtpSender | undefined): void;
  /** One step of 20 ms: `frame` or, without one, silence. */
  tick(frame: Int16Array | undefined): void;
  sendDtmf(digits: string): void;
  /** Ticks that never ran: the far end is to see a gap, not a clock that stood still. */
  skip(frames: number): void;
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
  /** Undefined while nothing may be sent. */
  target: Target | undefined;
  scratch: Scratch;
  srtp: SrtpSender | undefined;
  send: (bytes: Uint8Array) => void;
}

/** What of the far end's wishes every packet asks for: the codec is looked up once. */
interface Target {
  codec: G711;
  payloadType: number;
  telephoneEvent: number | undefined;
}

/** SSRC, sequence and timestamp begin at random. */
export function createOutgoing(random: Random, scratch: Scratch, send: (bytes: Uint8Array) => void): Outgoing {
  const start = random.bytes(10);
  const state: State = {
    ssrc: readUint32(start, 0),
    // The upper half is left out, so that SRTP's counter does not roll over within the first packets (RFC 3711 §3.3.1).
    sequence: readUint32(start, 4) & 0x7fff,
    timestamp: readUint32(start, 6),
    marker: true,
    packets: 0,
    octets: 0,
    target: undefined,
    scratch,
    srtp: undefined,
    send,
  };
  /** Most calls press no key. */
  let keys: DtmfSender | undefined;
  const keyFrame = new Int16Array(FRAME_SAMPLES);
  let keyTone: Tone | undefined;

  const sendStep = (step: DtmfStep, target: Target) => {
    if (step.kind === "pause") return sendAudio(state, undefined, target);
    if (target.telephoneEvent !== undefined) return sendEvent(state, step, target.telephoneEvent);
    if (step.first) keyTone = createTone(dtmfFrequencies(step.event.event), KEY_AMPLITUDE);
    keyTone?.fill(keyFrame);
    sendAudio(state, step.event.end ? undefined : keyFrame, target);
  };

  return {
    ssrc: state.ssrc,
    connect({ direction, codec, payloadType, telephoneEvent }, srtp) {
      const maySend = direction === "sendrecv" || direction === "sendonly";
      state.target = maySend ? { codec: g711[codec], payloadType, telephoneEvent } : undefined;
      state.srtp = srtp;
    },
    tick(frame) {
      const { target } = state;
      if (target === undefined) {
        state.marker = true;
      } else {
        const step = keys?.next(state.timestamp);
        if (step === undefined) sendAudio(state, frame, target);
        else sendStep(step, target);
      }
      state.timestamp = (state.timestamp + FRAME_SAMPLES) >>> 0;
    },
    sendDtmf(digits) {
      keys ??= createDtmfSender();
      keys.send(digits);
    },
    skip(frames) {
      state.timestamp = (state.timestamp + frames * FRAME_SAMPLES) >>> 0;
      state.marker = true;
    },
    facts: () => ({ rtpTimestamp: state.timestamp, packets: state.packets, octets: state.octets >>> 0 }),
  };
}

function sendAudio(state: State, frame: Int16Array | undefined, { codec, payloadType }: Target): void {
  const { packet } = state.scratch;
  if (frame === undefined) packet.fill(codec.silence, RTP_HEADER_BYTES, RTP_HEADER_BYTES + FRAME_SAMPLES);
  else codec.encode(frame, packet, RTP_HEADER_BYTES);
  writeRtpHeader(packet, { payloadType, marker: state.marker, timestamp: state.timestamp, sequence: state.sequence, ssrc: state.ssrc });
  state.marker = false;
  sendPacket(state, FRAME_SAMPLES);
}

function sendEvent(state: State, step: DtmfStep & { kind: "event" }, payloadType: number): void {
  const { packet } = state.scratch;
  writeTelephoneEvent(packet, RTP_HEADER_BYTES, step.event);
  writeRtpHeader(packet, { payloadType, marker: step.first, timestamp: step.timestamp, sequence: state.sequence, ssrc: state.ssrc });
  state.marker = true;
  sendPacket(state, DTMF_PAYLOAD_BYTES);
}

/** What stands in the scratch packet. */
function sendPacket(state: State, payloadBytes: number): void {
  const { scratch, srtp } = state;
  const clear = RTP_HEADER_BYTES + payloadBytes;
  const length = srtp === undefined ? clear : srtp.protect(scratch.packet, clear);
  state.sequence = (state.sequence + 1) & 0xffff;
  state.packets += 1;
  state.octets += payloadBytes;
  state.send(scratch.packetView(length));
}
