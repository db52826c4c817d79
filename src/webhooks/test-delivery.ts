// A test from the settings page: sends `webhook.test` at once, outside the queue, and says what came back.

import type { Clock } from "../runtime/clock.ts";
import type { NewId } from "../runtime/ids.ts";
import { DeliveryStatus } from "./delivery-status.ts";
import { webhookTest } from "./events/event.ts";
import { afterTry } from "./retry.ts";
import type { Sender } from "./sender.ts";

export interface TestDeliveryDependencies {
  sender: Sender;
  clock: Pick<Clock, "now" | "monotonicMs">;
  newId: NewId;
  /** The live secrets, newest first. */
  secrets: () => readonly string[];
}

/** `status` is null when nobody answered; `error` is a sentence, null when it was delivered. */
export interface TestDeliveryResult {
  delivered: boolean;
  status: number | null;
  error: string | null;
  durationMs: number;
}

export type SendTest = (url: string) => Promise<TestDeliveryResult>;

/** One try, signed like every other; nothing is stored and nothing is tried again. */
export function createTestDelivery({ sender, clock, newId, secrets }: TestDeliveryDependencies): SendTest {
  return async (url) => {
    const startedMs = clock.monotonicMs();
    const now = clock.now();
    const result = await sender.send({ url, id: newId("whd"), body: webhookTest(now).body, secrets: secrets() });
    const step = afterTry(result, 1, now, 0);
    return {
      delivered: step.kind === DeliveryStatus.delivered,
      status: result.kind === "answer" ? result.status : null,
      error: step.kind === DeliveryStatus.delivered ? null : step.error,
      durationMs: Math.round(clock.monotonicMs() - startedMs),
    };
  };
}
