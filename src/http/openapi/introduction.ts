// The words of the OpenAPI document that belong to no route: how the API is spoken, and what each room is.

/** Paragraphs, with `code` in backticks. */
export const introduction = `JSON over HTTP. Instants are ISO 8601 in UTC with milliseconds; numbers to call are E.164. A field that is not known is refused by name, nothing is coerced, and a body is read as JSON whatever type it declares (\`text/csv\` is a stream, where a route takes it).

**Keys.** Send \`Authorization: Bearer <key>\`. A key has the role \`read\`, \`operator\` or \`admin\`; each may do what the ones before it may.

**Refusals.** \`{ "error": "a sentence", "code": "a_word", "details": [{ "path", "message" }] }\`. Programs read \`code\`, people read \`error\`.

**Lists.** \`limit\` and \`offset\`, or \`cursor\` with the \`nextCursor\` of the page before, which costs the same however deep the page is. \`nextCursor\` is null on the last page.

**Sending again.** A POST with an \`Idempotency-Key\` takes effect once: for 24 hours the same key gives the same answer, with \`Idempotency-Replayed: true\`. Twins sent at once wait for each other; with another body or path it is a 409. Faults (5xx) are not kept: the request may be sent again with the same key. When the appliance was cut short in the middle, the key is a 409 that says so.

**Limits.** A key that asks too often is answered with 429 and \`Retry-After\`, in seconds.`;

/** What each tag is, in the order in which they are shown. */
export const tagWords: Record<string, string> = {
  Campaigns: "A list of people, an agent, and the hours in which they may be called.",
  Leads: "The people of a campaign: one number each, with variables for the conversation.",
  DNC: "The do-not-call list: numbers that no campaign calls.",
  Calls: "Each attempt as it happened, and single calls.",
  Agents: "Who talks: a draft that may be changed, and versions that never do.",
  "Phone numbers": "The numbers that calls come from.",
  Trunks: "Where calls leave: a simulated carrier, or SIP.",
  Billing: "The operator's own spending guard: a ledger that is only added to.",
  Webhooks: "What is sent to your receiver, and what became of it.",
  Settings: "What holds for the whole appliance.",
  Keys: "Who may use the API.",
  Health: "Whether the appliance is well.",
  API: "This description.",
};

/** The tags in use, in that order; those that have no words come last. */
export function sortTags(used: Iterable<string>): string[] {
  const order = Object.keys(tagWords);
  const place = (tag: string) => (order.includes(tag) ? order.indexOf(tag) : order.length);
  return [...used].sort((a, b) => place(a) - place(b));
}
