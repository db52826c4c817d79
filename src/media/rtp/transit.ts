// How long packets take through the network, over the last 50 to 100 of them; the jitter buffer's measure of a line.

const BLOCK = 50;

/** In samples, from an arbitrary zero: only differences mean something. The block before the current one counts too. */
export interface TransitWindow {
  low: number;
  high: number;
  late: number;
  count: number;
  lowBefore: number;
  highBefore: number;
  lateBefore: number;
}

/** Of no packets yet. */
export function createTransitWindow(): TransitWindow {
  return { low: Infinity, high: -Infinity, late: 0, count: 0, lowBefore: Infinity, highBefore: -Infinity, lateBefore: 0 };
}

/** A packet that took so long. The window moves on in blocks of 50, so that this costs the same whatever came before. */
export function noteTransit(window: TransitWindow, transit: number): void {
  if (window.count === BLOCK) {
    window.lowBefore = window.low;
    window.highBefore = window.high;
    window.lateBefore = window.late;
    window.low = Infinity;
    window.high = -Infinity;
    window.late = 0;
    window.count = 0;
  }
  window.low = Math.min(window.low, transit);
  window.high = Math.max(window.high, transit);
  window.count += 1;
}

/** The packet noted last was too late to be played. */
export function noteLate(window: TransitWindow): void {
  window.late += 1;
}

/** Infinity before the first packet. */
export function fastestOf({ low, lowBefore }: TransitWindow): number {
  return Math.min(low, lowBefore);
}

/** Between the fastest and the slowest. */
export function spreadOf(window: TransitWindow): number {
  return Math.max(0, Math.max(window.high, window.highBefore) - fastestOf(window));
}

/** How many were too late. */
export function lateOf({ late, lateBefore }: TransitWindow): number {
  return late + lateBefore;
}
