// What calls, registrations and keep-alives need of the network. transport.ts implements it; tests script it.

import type { OwnAddress } from "../call/call-requests.ts";
import type { Destination } from "../call/call-trace.ts";

export interface Wire {
  /** Hands the bytes to the network in this turn; false when they cannot leave now (no connection). */
  send(bytes: Uint8Array, to: Destination): boolean;
  /** Our address as this destination sees it, for Via and Contact; undefined while there is no way to it. */
  own(to: Destination): OwnAddress | undefined;
}
