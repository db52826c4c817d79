// The unit in which audio moves inside the engine: 20 ms of linear 16-bit samples at 8,000 Hz.

export const SAMPLE_RATE = 8_000;
export const FRAME_MS = 20;
export const FRAME_SAMPLES = 160;
export const SAMPLES_PER_MS = SAMPLE_RATE / 1_000;
