// Which secrets sign a webhook now: the one that is set, and for a day after a change also the one before it,
// so that a receiver may change over without a gap.

const HOUR = 3_600_000;

/** How long the former secret goes on signing after a change. */
const ROTATION_MS = 24 * HOUR;

/** `previous` counts until `previousUntil` (epoch ms). */
export interface SigningSecrets {
  current: string | null;
  previous: string | null;
  previousUntil: number | null;
}

/** Nothing is signed. */
export const noSecrets: SigningSecrets = { current: null, previous: null, previousUntil: null };

/** A new secret moves the present one to `previous`; null removes both at once, as after a leak. */
export function changeSecret(secrets: SigningSecrets, next: string | null, now: number): SigningSecrets {
  if (next === null) return noSecrets;
  if (next === secrets.current) return secrets;
  if (secrets.current === null) return { ...noSecrets, current: next };
  return { current: next, previous: secrets.current, previousUntil: now + ROTATION_MS };
}

/** Newest first: none, one, or two during a rotation. */
export function liveSecretsAt({ current, previous, previousUntil }: SigningSecrets, now: number): string[] {
  if (current === null) return [];
  const isPreviousLive = previous !== null && previousUntil !== null && now < previousUntil;
  return isPreviousLive ? [current, previous] : [current];
}
