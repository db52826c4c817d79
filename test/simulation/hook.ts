// The far end of campaigns' pre-dial hooks: says yes, no, nonsense, or nothing, and keeps to whom it said yes.

import type { Random } from "../../src/runtime/random.ts";
import type { SendResult } from "../../src/webhooks/retry.ts";
import type { Sender } from "../../src/webhooks/sender.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import type { Life } from "./life.ts";

/** Whose call it is. */
interface Asked {
  leadId: string;
  phoneNumber: string;
  attempt: number;
}

export interface Hook {
  senderFor(life: Life): Sender;
  /** Uses up the yes to one call: how long ago it was asked for, in ms; undefined when there is none. */
  take(call: Asked): number | undefined;
  /** From now on it says yes to everybody. */
  isKind: boolean;
  /** How often it was asked. */
  questions: number;
}

const SECOND = 1_000;

export function createHook({ clock, random }: { clock: FakeClock; random: Random }): Hook {
  const yes = new Map<string, number>();
  const keyOf = ({ leadId, phoneNumber, attempt }: Asked) => `${leadId} ${phoneNumber} ${attempt}`;
  const draw = (): { body: string; status?: number } | undefined => {
    const drawn = hook.isKind ? 0 : random.fraction();
    if (drawn < 0.72) return { body: '{"eligible":true}' };
    if (drawn < 0.84)
      return {
        body: JSON.stringify({
          eligible: false,
          reason: "not today",
          ...(drawn < 0.78 ? { until: new Date(clock.now() + Math.floor(random.fraction() * 7_200) * SECOND).toISOString() } : {}),
        }),
      };
    if (drawn < 0.88) return { body: '{"eligible":"true"}' };
    if (drawn < 0.92) return { body: '{"eligible":true}', status: 500 };
    return undefined;
  };
  const hook: Hook = {
    isKind: false,
    questions: 0,
    take(call) {
      const askedMs = yes.get(keyOf(call));
      yes.delete(keyOf(call));
      return askedMs === undefined ? undefined : clock.monotonicMs() - askedMs;
    },
    senderFor: (life) => ({
      send({ body, timeoutMs }) {
        life.require();
        hook.questions += 1;
        const askedMs = clock.monotonicMs();
        const { lead } = JSON.parse(body) as { lead: { id: string; phoneNumber: string; attempt: number } };
        const answer = draw();
        const tookMs = answer === undefined ? (timeoutMs ?? 0) : Math.floor(random.fraction() * 1_500);
        const result: SendResult =
          answer === undefined
            ? { kind: "error", error: "no answer" }
            : { kind: "answer", status: answer.status ?? 200, body: answer.body };
        const isYes = answer?.body === '{"eligible":true}' && answer.status === undefined && tookMs < (timeoutMs ?? 0);
        return new Promise((resolve) => {
          clock.after(tookMs, () => {
            if (isYes) yes.set(keyOf({ leadId: lead.id, phoneNumber: lead.phoneNumber, attempt: lead.attempt }), askedMs);
            resolve(result);
          });
        });
      },
    }),
  };
  return hook;
}
