// The replay list of SRTP (RFC 3711 §3.3.2): 64 packets wide, behind the newest one.

const WIDTH = 64;

/** One an SSRC and direction. */
export interface ReplayWindow {
  /** False for what was noted before, and for what is too old to tell. */
  isNew(index: number): boolean;
  /** Only for an index that proved authentic. */
  note(index: number): void;
}

/** Everything is new to it. */
export function createReplayWindow(): ReplayWindow {
  let highest = -1;
  const seen = new Float64Array(WIDTH).fill(-1);
  return {
    isNew: (index) => index > highest - WIDTH && seen[index % WIDTH] !== index,
    note(index) {
      seen[index % WIDTH] = index;
      highest = Math.max(highest, index);
    },
  };
}
