// A campaign's retry policy on the wire: what may be written, and how a change merges.

import { type Static, Type } from "typebox";
import { CallEnding } from "../calls/call.ts";
import { type EndingRule, type RetryableEnding, type RetryPolicy, retryableEndings } from "../leads/retry.ts";

const closed = { additionalProperties: false } as const;

const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()]);

const MOST_ATTEMPTS = 10;
const MOST_BACKOFF_MINUTES = 10_080;

/** What a campaign starts from. */
export const defaultRetryPolicy: RetryPolicy = { maxAttempts: 3, backoffMinutes: 60, retryOn: [CallEnding.noAnswer, CallEnding.busy] };

const maxAttempts = (more: object = {}) =>
  Type.Integer({ minimum: 1, maximum: MOST_ATTEMPTS, errorMessage: `must be a whole number from 1 to ${MOST_ATTEMPTS}`, ...more });
const gap = Type.Integer({
  minimum: 1,
  maximum: MOST_BACKOFF_MINUTES,
  errorMessage: `must be a whole number from 1 to ${MOST_BACKOFF_MINUTES}`,
});
const gaps = Type.Array(gap, { minItems: 1, maxItems: MOST_ATTEMPTS });
const backoffWords = `must be a whole number from 1 to ${MOST_BACKOFF_MINUTES}, or a list of 1 to ${MOST_ATTEMPTS} of them`;
const backoff = (description: string, more: object = {}) => Type.Union([gap, gaps], { description, errorMessage: backoffWords, ...more });

const fields = {
  maxAttempts: maxAttempts({ default: 3, description: "the first call included; the cap over all rules" }),
  backoffMinutes: backoff("from the end of a call to the next try; a list has one gap an attempt, and the last one repeats", {
    default: 60,
  }),
  retryOn: Type.Array(Type.Enum([...retryableEndings]), {
    uniqueItems: true,
    default: [...defaultRetryPolicy.retryOn],
    errorMessage: `must be a list of ${retryableEndings.join(", ")}, each once`,
  }),
};
const ownFields = {
  maxAttempts: maxAttempts({ description: "attempts that may end so" }),
  backoffMinutes: backoff("after the first, the second … attempt that ended so"),
};
/** Null hands the rule back to the policy. */
const ownChanges = {
  maxAttempts: Type.Optional(orNull(ownFields.maxAttempts)),
  backoffMinutes: Type.Optional(Type.Union([gap, gaps, Type.Null()], { errorMessage: `${backoffWords}, or null` })),
};
const jitterPercent = Type.Integer({
  minimum: 0,
  maximum: 50,
  description: "a gap grows by up to this share",
  errorMessage: "must be a whole number from 0 to 50",
});

const byEnding = <S extends Parameters<typeof Type.Optional>[0]>(schema: S) =>
  Type.Object(
    Object.fromEntries(retryableEndings.map((ending) => [ending, Type.Optional(schema)])) as Record<
      RetryableEnding,
      ReturnType<typeof Type.Optional<S>>
    >,
    {
      ...closed,
      description: "what one ending has of its own; it counts while retryOn has the ending",
      examples: [{ busy: { maxAttempts: 2, backoffMinutes: 10 } }],
    },
  );

/** In a request. Null takes a rule back. */
export const RetryPolicyChange = Type.Object(
  {
    maxAttempts: Type.Optional(fields.maxAttempts),
    backoffMinutes: Type.Optional(fields.backoffMinutes),
    retryOn: Type.Optional(fields.retryOn),
    perStatus: Type.Optional(orNull(byEnding(orNull(Type.Object(ownChanges, closed))))),
    jitterPercent: Type.Optional(orNull(jitterPercent)),
  },
  { ...closed, title: "RetryPolicyChange" },
);
export type RetryPolicyChange = Static<typeof RetryPolicyChange>;

/** In an answer: what is not set is not there. */
export const RetryPolicyJson = Type.Object(
  {
    ...fields,
    perStatus: Type.Optional(
      byEnding(
        Type.Object({ maxAttempts: Type.Optional(ownFields.maxAttempts), backoffMinutes: Type.Optional(ownFields.backoffMinutes) }, closed),
      ),
    ),
    jitterPercent: Type.Optional(jitterPercent),
  },
  { title: "RetryPolicy" },
);

/** Field by field, the rules of single endings included. */
export function mergeRetryPolicy(current: RetryPolicy, change: RetryPolicyChange = {}): RetryPolicy {
  const jitter = change.jitterPercent === undefined ? current.jitterPercent : (change.jitterPercent ?? undefined);
  const rules =
    change.perStatus === undefined
      ? current.perStatus
      : mergeRules(current.perStatus ?? {}, change.perStatus ?? {}, change.perStatus === null);
  return {
    maxAttempts: change.maxAttempts ?? current.maxAttempts,
    backoffMinutes: change.backoffMinutes ?? current.backoffMinutes,
    retryOn: change.retryOn ?? current.retryOn,
    ...(rules === undefined || Object.keys(rules).length === 0 ? {} : { perStatus: rules }),
    ...(jitter === undefined ? {} : { jitterPercent: jitter }),
  };
}

type RuleChanges = NonNullable<NonNullable<RetryPolicyChange["perStatus"]>>;

function mergeRules(
  current: NonNullable<RetryPolicy["perStatus"]>,
  changes: RuleChanges,
  isCleared: boolean,
): NonNullable<RetryPolicy["perStatus"]> {
  if (isCleared) return {};
  const merged = retryableEndings.map((ending) => [ending, mergeRule(current[ending], changes[ending])] as const);
  return Object.fromEntries(merged.filter(([, rule]) => rule !== undefined && Object.keys(rule).length > 0));
}

function mergeRule(current: EndingRule | undefined, change: RuleChanges[RetryableEnding]): EndingRule | undefined {
  if (change === undefined) return current;
  const entries = Object.entries({ ...current, ...change }).filter(([, value]) => value !== null);
  return change === null ? undefined : Object.fromEntries(entries);
}
