// What arrives from one source: which packets count, what was lost, and the jitter (RFC 3550 §6.4.1, A.1, A.3, A.8).

import { sequenceDistance } from "./rtp.ts";

/** `play` it; `restart`: play it as the first of a new stream; `ignore` it. */
type Verdict = "play" | "restart" | "ignore";

/** The fields of a report block; `lost` is negative when duplicates outnumber losses. */
export interface ReceptionReport {
  ssrc: number;
  fractionLost: number;
  lost: number;
  highestSequence: number;
  jitter: number;
}

/** One call's, over every source that it had. */
export interface Reception {
  /** The very first packet is believed; another SSRC, or a leap, only once two packets in a row say so. */
  accept(ssrc: number, sequence: number): Verdict;
  /** Feeds the jitter figure; both in samples, of audio packets only (events repeat their timestamp). */
  arrived(timestamp: number, arrivalSamples: number): void;
  /** For the next RTCP report; the fraction is of what was expected since the last one. */
  report(): ReceptionReport | undefined;
  /** Over all sources of the call. */
  totals(): { received: number; lost: number; jitterSamples: number };
}

const MAX_DROPOUT = 3_000;
const MAX_MISORDER = 100;

interface Source {
  ssrc: number;
  base: number;
  highest: number;
  cycles: number;
  received: number;
  expectedBefore: number;
  receivedBefore: number;
  /** Where a leap would go on, -1 when there was none. */
  leapTo: number;
  transit: number | undefined;
  jitter: number;
}

/** Begins with whatever packet comes first. */
export function createReception(): Reception {
  let source: Source | undefined;
  let rival: { ssrc: number; next: number } | undefined;
  const past = { received: 0, lost: 0 };

  const begin = (ssrc: number, sequence: number): Verdict => {
    if (source !== undefined) {
      past.received += source.received;
      past.lost += Math.max(0, lostOf(source));
    }
    source = {
      ssrc,
      base: sequence,
      highest: sequence,
      cycles: 0,
      received: 1,
      expectedBefore: 0,
      receivedBefore: 0,
      leapTo: -1,
      transit: undefined,
      jitter: 0,
    };
    rival = undefined;
    return "restart";
  };

  return {
    accept(ssrc, sequence) {
      if (source === undefined) return begin(ssrc, sequence);
      if (ssrc !== source.ssrc) {
        if (rival?.ssrc === ssrc && rival.next === sequence) return begin(ssrc, sequence);
        rival = { ssrc, next: (sequence + 1) & 0xffff };
        return "ignore";
      }
      const verdict = follow(source, sequence);
      return verdict === "restart" ? begin(ssrc, sequence) : verdict;
    },
    arrived(timestamp, arrivalSamples) {
      if (source === undefined) return;
      // Both wrap at 2^32, so their difference is taken in 32 bits.
      const transit = (Math.round(arrivalSamples) - timestamp) | 0;
      if (source.transit !== undefined) source.jitter += (Math.abs((transit - source.transit) | 0) - source.jitter) / 16;
      source.transit = transit;
    },
    report: () => (source === undefined ? undefined : reportOf(source)),
    totals: () => ({
      received: past.received + (source?.received ?? 0),
      lost: past.lost + (source === undefined ? 0 : Math.max(0, lostOf(source))),
      jitterSamples: source?.jitter ?? 0,
    }),
  };
}

/** A.1: forward by a little, late by a little, or a leap that the next packet has to confirm. */
function follow(source: Source, sequence: number): Verdict {
  const ahead = sequenceDistance(sequence, source.highest);
  if (ahead >= MAX_DROPOUT || ahead < -MAX_MISORDER) {
    if (sequence === source.leapTo) return "restart";
    source.leapTo = (sequence + 1) & 0xffff;
    return "ignore";
  }
  if (ahead > 0) {
    if (sequence < source.highest) source.cycles += 0x1_0000;
    source.highest = sequence;
  }
  source.received += 1;
  return "play";
}

function lostOf(source: Source): number {
  return source.cycles + source.highest - source.base + 1 - source.received;
}

function reportOf(source: Source): ReceptionReport {
  const highestSequence = source.cycles + source.highest;
  const expected = highestSequence - source.base + 1;
  const expectedNow = expected - source.expectedBefore;
  const lostNow = expectedNow - (source.received - source.receivedBefore);
  source.expectedBefore = expected;
  source.receivedBefore = source.received;
  const fractionLost = expectedNow <= 0 || lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow));
  return {
    ssrc: source.ssrc,
    fractionLost,
    lost: expected - source.received,
    highestSequence: highestSequence >>> 0,
    jitter: Math.floor(source.jitter),
  };
}
