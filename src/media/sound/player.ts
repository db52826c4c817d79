// Sound that is at hand, played a frame at a time.

/** One playing of it at a time. */
export interface Player {
  /** The next frame, its rest silent where the sound ends within it; false, and the frame as it was, once it is over. */
  fill(frame: Int16Array): boolean;
  /** From the beginning again. */
  rewind(): void;
}

/** The samples are not copied, and must not change. */
export function createPlayer(samples: Int16Array): Player {
  let position = 0;
  return {
    fill(frame) {
      if (position >= samples.length) return false;
      const piece = samples.subarray(position, position + frame.length);
      frame.set(piece);
      frame.fill(0, piece.length);
      position += frame.length;
      return true;
    },
    rewind: () => void (position = 0),
  };
}
