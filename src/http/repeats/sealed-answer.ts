// An answer at rest, readable only with the API key that it was given to: it may hold a secret (a new key), and of
// API keys only hashes are stored. AES-256-GCM under a key that is derived from the API key for this one request.

import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";

/** How many random bytes a seal takes. */
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** `purpose` keeps the answers of one API key apart; `nonce` must be random. */
export function sealAnswer(answer: Uint8Array, apiKey: string, purpose: string, nonce: Uint8Array): Uint8Array {
  const cipher = createCipheriv("aes-256-gcm", derive(apiKey, purpose), nonce);
  const sealed = Buffer.concat([cipher.update(answer), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** Throws when it was sealed for another API key or purpose, or changed since. */
export function openAnswer(sealed: Uint8Array, apiKey: string, purpose: string): Uint8Array {
  const decipher = createDecipheriv("aes-256-gcm", derive(apiKey, purpose), sealed.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
}

function derive(apiKey: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", apiKey, "", `outdial idempotency ${purpose}`, 32));
}
