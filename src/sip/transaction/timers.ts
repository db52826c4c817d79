// The timers of RFC 3261 (table 4) as values: parameters of the machines, shorter in tests.

export interface SipTimers {
  /** The round trip that is assumed; retransmissions begin with it. */
  t1Ms: number;
  /** The longest pause between retransmissions of anything but an INVITE. */
  t2Ms: number;
  /** How long a message may live in the network. */
  t4Ms: number;
}

export const standardTimers: SipTimers = { t1Ms: 500, t2Ms: 4_000, t4Ms: 5_000 };

/** Timers B, F, H: how long an answer is waited for. Timer D and the memory of a finished call last as long. */
export function patienceMs(timers: SipTimers): number {
  return 64 * timers.t1Ms;
}
