// How much one bot may say: a bucket that fills with time. Keeps a bot that floods from taking the other calls' time. Pure; used
// by stream-link.ts.

/** A message costs one, and one more for each thousand characters. */
const CHARACTERS_A_TOKEN = 1_000;
/** Ten minutes of sound in frames of 20 ms, sent at once. */
const MOST_TOKENS = 30_000;
/** Twenty times as much as a bot needs that sends a frame every 20 ms. */
const TOKENS_A_SECOND = 1_000;

/** Of one connection. */
export interface MessageBudget {
  /** False when the bot has said too much; `nowMs` on the monotonic clock. */
  spend(characters: number, nowMs: number): boolean;
}

/** Full at `nowMs`. */
export function createMessageBudget(nowMs: number): MessageBudget {
  let tokens = MOST_TOKENS;
  let filledMs = nowMs;
  return {
    spend(characters, now) {
      tokens = Math.min(MOST_TOKENS, tokens + ((now - filledMs) / 1_000) * TOKENS_A_SECOND);
      filledMs = now;
      tokens -= 1 + characters / CHARACTERS_A_TOKEN;
      return tokens >= 0;
    },
  };
}
