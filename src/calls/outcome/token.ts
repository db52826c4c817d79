// The token with which a call's bot reports its outcome without a key. Derived from the installation's secret and the
// call's id, it is kept nowhere; it opens one path, and the service takes one report.

import { timingSafeEqual } from "node:crypto";
import type { Caller } from "../../http/door/auth.ts";

export interface OutcomeTokens {
  /** `oct_…`, the same for a call whenever it is asked for. */
  tokenFor(callId: string): string;
  /** Who presents `token`: undefined unless it is the one of the very call whose outcome `method path` reports. */
  callerFor(token: string, method: string, path: string): Caller | undefined;
}

const PREFIX = "oct_";
const OUTCOME_PATH = /^\/api\/calls\/(call_[0-9a-z]{26})\/outcome$/;

/** The same secret gives the same tokens, also after a restart. */
export function createOutcomeTokens(secret: string): OutcomeTokens {
  const tokenFor = (callId: string) => PREFIX + new Bun.CryptoHasher("sha256", secret).update(`outcome:${callId}`).digest("base64url");
  return {
    tokenFor,
    callerFor(token, method, path) {
      const [, callId] = (method === "POST" && token.startsWith(PREFIX) && OUTCOME_PATH.exec(path)) || [];
      if (callId === undefined || !isSame(token, tokenFor(callId))) return undefined;
      return { keyId: callId, role: "operator" };
    },
  };
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
