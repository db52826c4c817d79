// Keys pressed on a telephone, as telephone-events (RFC 4733): sent with redundant ends, received once each.

import { FRAME_SAMPLES } from "../sound/frame.ts";
import { readUint16, timestampDistance, writeUint16 } from "./rtp.ts";

/** Index = event code, RFC 4733 §3.2. */
export const DTMF_DIGITS = "0123456789*#ABCD";

/** Of every telephone-event. */
export const DTMF_PAYLOAD_BYTES = 4;

/** `duration` is in samples since the event's timestamp; `volume` in -dBm0. */
interface TelephoneEvent {
  event: number;
  end: boolean;
  volume: number;
  duration: number;
}

/** Fills four bytes; a duration that is too long for its field stays at the most. */
export function writeTelephoneEvent(bytes: Uint8Array, at: number, { event, end, volume, duration }: TelephoneEvent): void {
  bytes[at] = event;
  bytes[at + 1] = (end ? 0x80 : 0) | (volume & 0x3f);
  writeUint16(bytes, at + 2, Math.min(duration, 0xffff));
}

/** Undefined for a payload that is too short. */
export function parseTelephoneEvent(payload: Uint8Array): TelephoneEvent | undefined {
  const [event, flags] = payload;
  if (event === undefined || flags === undefined || payload.length < DTMF_PAYLOAD_BYTES) return undefined;
  return { event, end: (flags & 0x80) !== 0, volume: flags & 0x3f, duration: readUint16(payload, 2) };
}

const TONE_FRAMES = 8;
/** The last packet of an event goes out three times (§2.5.1.4), because nothing else tells that the key was released. */
const END_FRAMES = 3;
const PAUSE_FRAMES = 4;
const VOLUME = 10;
const MOST_DIGITS_WAITING = 64;

/** What the next packet is: part of an event that began at `timestamp`, or the pause after one. */
export type DtmfStep = { kind: "event"; event: TelephoneEvent; timestamp: number; first: boolean } | { kind: "pause" };

/** What is waiting to be sent on one call. */
export interface DtmfSender {
  /** Adds to what is waiting; what is no key is left out, and so is what exceeds 64 keys. */
  send(digits: string): void;
  /** One call for each 20 ms; undefined when nothing is to be sent. `timestamp` is the stream's, now. */
  next(timestamp: number): DtmfStep | undefined;
}

/** 160 ms of key, 60 ms of its end, 80 ms of pause: slow enough for every menu that was met. */
export function createDtmfSender(): DtmfSender {
  const waiting: number[] = [];
  let frame = 0;
  let startedAt = 0;
  return {
    send(digits) {
      for (const digit of digits.toUpperCase()) {
        const event = DTMF_DIGITS.indexOf(digit);
        if (event >= 0 && waiting.length < MOST_DIGITS_WAITING) waiting.push(event);
      }
    },
    next(timestamp) {
      const [event] = waiting;
      if (event === undefined) return undefined;
      if (frame === 0) startedAt = timestamp;
      frame += 1;
      if (frame <= TONE_FRAMES + END_FRAMES) {
        const end = frame > TONE_FRAMES;
        const duration = Math.min(frame, TONE_FRAMES) * FRAME_SAMPLES;
        return { kind: "event", event: { event, end, volume: VOLUME, duration }, timestamp: startedAt, first: frame === 1 };
      }
      if (frame === TONE_FRAMES + END_FRAMES + PAUSE_FRAMES) {
        frame = 0;
        waiting.shift();
      }
      return { kind: "pause" };
    },
  };
}

/** What was received of one stream. */
interface DtmfReceiver {
  /** The key, at the first packet of its event; undefined for the packets that repeat it, and for other events. */
  accept(payload: Uint8Array, timestamp: number): string | undefined;
}

/** No two presses begin closer to each other, since a key takes 40 ms and so does the pause after it; in samples. */
const LEAST_APART = 4 * FRAME_SAMPLES;

/**
 * One a stream: packets of one event share its timestamp, and a straggler of an earlier event has an older one. Some gateways let
 * the timestamp walk on with each packet; then the event's growing duration, or its repeated end, tells that it is the same.
 */
export function createDtmfReceiver(): DtmfReceiver {
  let newest: { timestamp: number; event: TelephoneEvent } | undefined;
  return {
    accept(payload, timestamp) {
      const event = parseTelephoneEvent(payload);
      const ahead = newest === undefined ? Infinity : timestampDistance(timestamp, newest.timestamp);
      if (event === undefined || ahead <= 0) return undefined;
      const goesOn = newest !== undefined && ahead < LEAST_APART && isContinued(newest.event, event);
      newest = { timestamp, event };
      return goesOn ? undefined : DTMF_DIGITS[event.event];
    },
  };
}

function isContinued(before: TelephoneEvent, { event, end, duration }: TelephoneEvent): boolean {
  return event === before.event && (before.end ? end : duration > before.duration);
}

const ROWS = [697, 770, 852, 941] as const;
const COLUMNS = [1_209, 1_336, 1_477, 1_633] as const;
const KEYPAD = "123A456B789C*0#D";

/** The two frequencies of a key (ITU-T Q.23), for a far end that takes no telephone-events. */
export function dtmfFrequencies(event: number): readonly number[] {
  const place = KEYPAD.indexOf(DTMF_DIGITS.charAt(event));
  return [ROWS[place >> 2] ?? 0, COLUMNS[place & 3] ?? 0];
}
