// How a receiver checks that a webhook comes from its own Outdial and was not changed. Needs nothing but node:crypto;
// copy it. Check the exact bytes of the body, before JSON.parse: the same JSON written otherwise has another signature.

import { createHmac, timingSafeEqual } from "node:crypto";

/** `X-OsmTalk-Signature: sha256=<hex>`: HMAC-SHA256 of the body. It does not say when it was made. */
export function verifySimple(secret: string, body: string, header: string | null | undefined): boolean {
  return isEqual(header ?? "", `sha256=${createHmac("sha256", secret).update(body, "utf8").digest("hex")}`);
}

export interface StandardHeaders {
  id: string | null | undefined;
  timestamp: string | null | undefined;
  signature: string | null | undefined;
}

const TOLERANCE_SECONDS = 300;

/**
 * `webhook-id`, `webhook-timestamp` and `webhook-signature` (standardwebhooks.com): the signature covers all three, so
 * that an old webhook cannot be played again after five minutes. Keep the ids you have seen for as long as you retry
 * your own work: the same event may come twice, always under the same id.
 */
export function verifyStandard(
  secret: string,
  body: string,
  { id, timestamp, signature }: StandardHeaders,
  nowSeconds = Date.now() / 1000,
): boolean {
  if (!id || !timestamp || !signature || !/^\d+$/.test(timestamp)) return false;
  if (Math.abs(nowSeconds - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice("whsec_".length), "base64") : secret;
  const expected = `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`, "utf8").digest("base64")}`;
  // While a secret is being replaced there is one signature for each of the two.
  return signature.split(" ").some((candidate) => isEqual(candidate, expected));
}

/** Takes the same time wherever the two differ. */
function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
