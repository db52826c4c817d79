// The variables that every call has of itself, for the templates of its agent. Pure; used by dialing/reserve.ts and agents/check.ts.

/** What is known of a call when it is placed. A single call has neither campaign nor lead. */
export interface CallFacts {
  to: string;
  from: string;
  campaignName: string | undefined;
  leadId: string | undefined;
  callId: string;
  attempt: number;
  /** In which `now` and `date` are told. */
  timezone: string;
}

/** A lead may bring a variable of the same name, and then that one counts. */
export const builtInNames: readonly string[] = [
  "phone_number",
  "from_number",
  "campaign_name",
  "lead_id",
  "call_id",
  "attempt",
  "now",
  "date",
];

/** `now` is ISO 8601 with the zone's offset, to the second; `date` is its day. `at` is epoch ms. */
export function builtInsOf(facts: CallFacts, at: number): Record<string, string | number> {
  const zoned = new Temporal.ZonedDateTime(BigInt(Math.floor(at)) * 1_000_000n, facts.timezone);
  return {
    phone_number: facts.to,
    from_number: facts.from,
    campaign_name: facts.campaignName ?? "",
    lead_id: facts.leadId ?? "",
    call_id: facts.callId,
    attempt: facts.attempt,
    now: zoned.toString({ timeZoneName: "never", fractionalSecondDigits: 0 }),
    date: zoned.toPlainDate().toString(),
  };
}
