// The unit in which audio moves inside the engine: 20 ms of linear 16-bit samples at 8,000 Hz.

/** Samples a second; every codec here has this one. */
export const SAMPLE_RATE = 8_000;
/** How often a packet leaves. */
export const FRAME_MS = 20;
/** In one frame. */
export const FRAME_SAMPLES = 160;
/** For going from times to timestamps. */
export const SAMPLES_PER_MS = SAMPLE_RATE / 1_000;
