// How long packets take through the network, over the last 50 to 100 of them; the jitter buffer's measure of a line.

const BLOCK = 50;

/** In samples, from an arbitrary zero: only differences mean something. */
export interface TransitWindow {
  note(transit: number): void;
  /** The packet noted last was too late to be played. */
  noteLate(): void;
  /** Infinity before the first packet. */
  fastest(): number;
  /** Between the fastest and the slowest. */
  spread(): number;
  late(): number;
}

interface Block {
  low: number;
  high: number;
  late: number;
  count: number;
}

const emptyBlock = (): Block => ({ low: Infinity, high: -Infinity, late: 0, count: 0 });

/** Moves on in blocks of 50, so that noting a packet costs the same whatever came before. */
export function createTransitWindow(): TransitWindow {
  let current = emptyBlock();
  let before = emptyBlock();
  const fastest = () => Math.min(current.low, before.low);
  return {
    note(transit) {
      if (current.count === BLOCK) {
        before = current;
        current = emptyBlock();
      }
      current.low = Math.min(current.low, transit);
      current.high = Math.max(current.high, transit);
      current.count += 1;
    },
    noteLate: () => void (current.late += 1),
    fastest,
    spread: () => Math.max(0, Math.max(current.high, before.high) - fastest()),
    late: () => current.late + before.late,
  };
}
