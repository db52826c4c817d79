// Which UDP ports media uses: even ones for RTP, the odd one above each for RTCP.

/** Both ends are in it. */
export interface PortRange {
  from: number;
  to: number;
}

/** The person's line, and that of a bot behind SIP or of whoever they are handed over to. */
const LINES_A_CALL = 2;
/** Ports that other programs hold, or that rest after a call, must not lower the number of calls. */
const SPARE_SHARE = 0.25;
const LEAST_SPARE = 8;
const HIGHEST_PORT = 65_535;

/** The range from `from` on that is enough for `maxCalls` at once, cut at the last port. */
export function portRangeFor(from: number, maxCalls: number): PortRange {
  const pairs = maxCalls * LINES_A_CALL + Math.max(LEAST_SPARE, Math.ceil(maxCalls * SPARE_SHARE));
  const first = from + (from % 2);
  return { from: first, to: Math.min(HIGHEST_PORT, first + pairs * 2 - 1) };
}

/** The even ports of a range whose odd neighbour is in it too. */
export function rtpPortsIn({ from, to }: PortRange): number[] {
  const first = from + (from % 2);
  return Array.from({ length: Math.max(0, Math.floor((to - first + 1) / 2)) }, (_, index) => first + index * 2);
}

/** Shuffled, because a port that cannot be guessed is one more thing that a stranger has to find; `fraction` in [0, 1). */
export function shuffled(ports: readonly number[], fraction: () => number): number[] {
  const order = ports.map((port) => ({ port, rank: fraction() }));
  return order.sort((a, b) => a.rank - b.rank).map(({ port }) => port);
}

/** A port while a call has it. */
interface PortLease {
  readonly port: number;
  /** Twice is fine, and so is after the sockets were lost: then it has no effect. */
  giveBack(): void;
}

/** The ports that are bound and not lent. */
export interface PortStock {
  /** Every RTP port of the range, whether or not it could be bound. */
  readonly all: readonly number[];
  /** The one that has rested longest, so that a late packet of one call rarely meets the next. */
  take(): PortLease | undefined;
  fill(ports: readonly number[]): void;
  /** Nothing is bound any more. */
  empty(): void;
  free(): number;
}

/** Empty until `fill`; `fraction` in [0, 1) decides the order. */
export function createPortStock(range: PortRange, fraction: () => number): PortStock {
  let resting: number[] = [];
  return {
    all: rtpPortsIn(range),
    take() {
      const from = resting;
      const port = from.shift();
      if (port === undefined) return undefined;
      let lent = true;
      return {
        port,
        giveBack() {
          if (lent) from.push(port);
          lent = false;
        },
      };
    },
    fill: (ports) => void (resting = shuffled(ports, fraction)),
    empty: () => void (resting = []),
    free: () => resting.length,
  };
}
