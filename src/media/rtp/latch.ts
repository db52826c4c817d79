// Whose packets a call believes, and where its own go: the address that SDP named, or, where a trunk sits behind NAT,
// the one that a run of good packets comes from. Then it is locked: only a new connect opens it again.

/** Where packets come from, or go to. */
export interface Source {
  address: string;
  port: number;
}

/** The spelling that the system gives for it, because addresses are compared as text; IPv4 inside IPv6 is IPv4. */
export function canonicalAddress(address: string): string {
  if (!address.includes(":")) return address;
  if (/^::ffff:\d+\./i.test(address)) return address.slice("::ffff:".length);
  return URL.canParse(`http://[${address}]/`) ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address;
}

/** `locked`: accepted, and from now on nothing else is. */
export type Judgement = "accepted" | "locked" | "refused";

/** One a `connect` that named a new address. */
export interface Latch {
  /** Where our packets go now. */
  target(): Source;
  isLocked(): boolean;
  /** Whether it is locked, and that is where to. */
  isLockedTo(address: string, port: number): boolean;
  /** A packet that is good in itself: of an agreed payload type and, under SRTP, authentic. */
  judge(address: string, port: number, ssrc: number, sequence: number, nowMs: number): Judgement;
  /** Gives an open latch its time again, because a far end may speak only once it has answered. */
  extend(nowMs: number): void;
}

/** As many packets in a row as a stranger has to send to be believed; the signalled address needs one. */
export const LATCH_PACKETS = 4;
/** For how long an open latch looks, from the connect and again from the answer. */
export const LATCH_WINDOW_MS = 2_000;
const MOST_CANDIDATES = 8;

interface Candidate extends Source {
  ssrc: number;
  next: number;
  run: number;
}

/**
 * `open`: whether another address than the signalled one may be locked onto. It may within two seconds, by four packets in
 * sequence of one SSRC, and only if the signalled address has sent nothing good until then. `before`: where packets came from until
 * the far end named this address. What still comes from there is heard, but it only holds once nobody else has come in time.
 */
export function createLatch(signalled: Source, open: boolean, nowMs: number, before?: Source): Latch {
  let target = signalled;
  let locked = !open;
  let closesAtMs = nowMs + LATCH_WINDOW_MS;
  let candidates: Candidate[] = [];

  const lock = (source: Source): Judgement => {
    target = source;
    locked = true;
    candidates = [];
    return "locked";
  };

  return {
    target: () => target,
    isLocked: () => locked,
    isLockedTo: (address, port) => locked && port === target.port && address === target.address,
    judge(address, port, ssrc, sequence, atMs) {
      if (port === target.port && address === target.address) return locked ? "accepted" : lock(signalled);
      if (locked) return "refused";
      const isOld = port === before?.port && address === before.address;
      if (atMs > closesAtMs) {
        lock(isOld ? before : signalled);
        return isOld ? "locked" : "refused";
      }
      if (isOld) return "accepted";
      const candidate = candidates.find((known) => known.port === port && known.address === address);
      if (candidate === undefined) {
        if (candidates.length < MOST_CANDIDATES) candidates.push({ address, port, ssrc, next: (sequence + 1) & 0xffff, run: 1 });
        return "refused";
      }
      candidate.run = candidate.ssrc === ssrc && candidate.next === sequence ? candidate.run + 1 : 1;
      candidate.ssrc = ssrc;
      candidate.next = (sequence + 1) & 0xffff;
      return candidate.run >= LATCH_PACKETS ? lock({ address, port }) : "refused";
    },
    extend(atMs) {
      if (!locked) closesAtMs = atMs + LATCH_WINDOW_MS;
    },
  };
}
