// How a receiver knows that a body is ours and unchanged: the reference's one signature and the Standard Webhooks
// (1.0.0) ones, over the very same bytes. Pure: the same input gives the same headers.

import { createHmac } from "node:crypto";

/** One try of a delivery. `id` stays the same in every try, `timestampSeconds` is the try's own. */
export interface SignedContent {
  id: string;
  timestampSeconds: number;
  body: string;
  /** The live secrets, newest first; two of them while a secret is being replaced. */
  secrets: readonly string[];
}

/**
 * `X-OsmTalk-Signature` is made with the newest secret, its text as it is; `webhook-signature` has one entry for each
 * secret, so that a receiver may change over when it likes. Without a secret nothing is signed.
 */
export function signatureHeaders({ id, timestampSeconds, body, secrets }: SignedContent): Record<string, string> {
  const headers: Record<string, string> = { "webhook-id": id, "webhook-timestamp": String(timestampSeconds) };
  const [newest] = secrets;
  if (newest === undefined) return headers;
  const content = `${id}.${timestampSeconds}.${body}`;
  return {
    ...headers,
    "X-OsmTalk-Signature": `sha256=${hmac(newest, body).toString("hex")}`,
    "webhook-signature": secrets.map((secret) => `v1,${hmac(standardKey(secret), content).toString("base64")}`).join(" "),
  };
}

const STANDARD_PREFIX = "whsec_";

/** The standard's secrets are base64 after `whsec_`; any other text is its own key. */
function standardKey(secret: string): Buffer | string {
  return secret.startsWith(STANDARD_PREFIX) ? Buffer.from(secret.slice(STANDARD_PREFIX.length), "base64") : secret;
}

function hmac(key: Buffer | string, content: string): Buffer {
  return createHmac("sha256", key).update(content, "utf8").digest();
}
