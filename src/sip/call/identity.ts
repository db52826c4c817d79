// The identifiers of a call on the wire, derived from its id with the installation's secret: a process that starts after
// a crash knows what to cancel, and nobody outside can guess them.

import { createHmac } from "node:crypto";

export interface CallIdentity {
  /** The Call-ID header. */
  callId: string;
  fromTag: string;
  /** Of the n-th INVITE of the call; the first is 1. With the RFC's magic cookie. */
  branch(invite: number): string;
}

/** The same id and secret give the same identifiers for ever. */
export function identityOf(id: string, secret: string | Uint8Array): CallIdentity {
  const hex = createHmac("sha256", secret).update(id).digest("hex");
  const branch = `z9hG4bK${hex.slice(48)}`;
  return { callId: hex.slice(0, 32), fromTag: hex.slice(32, 48), branch: (invite) => `${branch}${invite}` };
}
