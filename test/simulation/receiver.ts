// The receiver of the webhooks: slow, sometimes down, and a careful keeper of what it was told under which id.

import type { Random } from "../../src/runtime/random.ts";
import type { SendResult } from "../../src/webhooks/retry.ts";
import type { Sender } from "../../src/webhooks/sender.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import type { Life } from "./life.ts";

export interface Receiver {
  senderFor(life: Life): Sender;
  /** Bodies by event id; the same id must always bring the same body. */
  told: Map<string, string>;
  /** From now on it takes everything. */
  isKind: boolean;
}

export function createReceiver({
  clock,
  random,
  report,
}: {
  clock: FakeClock;
  random: Random;
  report: (problem: string) => void;
}): Receiver {
  const refusal = (): SendResult | undefined => {
    const draw = random.fraction();
    if (receiver.isKind || draw > 0.12) return undefined;
    if (draw < 0.04) return { kind: "error", error: "no answer within 15 s" };
    return { kind: "answer", status: draw < 0.1 ? 503 : 429, retryAfter: "30" };
  };
  const receiver: Receiver = {
    told: new Map(),
    isKind: false,
    senderFor: (life) => ({
      send({ id, body }) {
        life.require();
        const known = receiver.told.get(id);
        if (known !== undefined && known !== body) report(`S7: event ${id} was told in two ways`);
        const result = refusal();
        // A timeout may well have been taken in.
        if (result === undefined || result.kind === "error") receiver.told.set(id, body);
        const tookMs = result?.kind === "error" ? 15_000 : Math.floor(random.fraction() * 400);
        return new Promise((resolve) => void clock.after(tookMs, () => resolve(result ?? { kind: "answer", status: 204 })));
      },
    }),
  };
  return receiver;
}
