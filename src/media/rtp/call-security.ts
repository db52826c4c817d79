// The SRTP of one call: our key of the agreed suite goes both into the offer and into what is sent, the far end's comes with its
// answer.

import type { CryptoLine } from "../protocol.ts";
import { createSrtpReceiver, createSrtpSender, isSrtpSuite, type SrtpReceiver, type SrtpSender } from "./srtp.ts";
import { parseKeyParameter } from "./srtp-keys.ts";

/** Both directions of one call. */
export interface CallSecurity {
  /** False when keys were named that cannot be used; then nothing may be sent. Undefined: in the clear. */
  agree(theirs: CryptoLine | undefined): boolean;
  sender(): SrtpSender | undefined;
  receiver(): SrtpReceiver | undefined;
}

/** Keys that stay the same keep their counters: starting those again would repeat the keystream. */
export function createCallSecurity(ours: readonly CryptoLine[]): CallSecurity {
  let sending: { suite: string; srtp: SrtpSender } | undefined;
  let receiving: { suite: string; key: string; srtp: SrtpReceiver } | undefined;
  let agreed = false;
  return {
    agree(theirs) {
      agreed = theirs !== undefined;
      if (theirs === undefined) return true;
      const { suite, key } = theirs;
      const ourKey = parseKeyParameter(ours.find((line) => line.suite === suite)?.key ?? "");
      const theirKey = parseKeyParameter(key);
      if (!isSrtpSuite(suite) || ourKey === undefined || theirKey === undefined) return false;
      if (sending?.suite !== suite) sending = { suite, srtp: createSrtpSender(ourKey, suite) };
      if (receiving?.suite !== suite || receiving.key !== key) receiving = { suite, key, srtp: createSrtpReceiver(theirKey, suite) };
      return true;
    },
    sender: () => (agreed ? sending?.srtp : undefined),
    receiver: () => (agreed ? receiving?.srtp : undefined),
  };
}
