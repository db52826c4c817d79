// Where a trunk may call: an allow list of prefixes, and ranges that cost a fortune and are closed unless named (toll fraud).
// Pure; the machine asks it before a call is claimed, the dialer once more before the packet leaves.

/** Ranges that a shorter allowed prefix does not open. Sources: ITU-T E.164 country codes; NANP numbering plan. */
const costly: readonly { prefix: string; what: string }[] = [
  { prefix: "+979", what: "international premium rate" },
  { prefix: "+870", what: "satellite" },
  { prefix: "+881", what: "satellite" },
  { prefix: "+882", what: "international networks" },
  { prefix: "+883", what: "international networks" },
  { prefix: "+1900", what: "premium rate" },
  { prefix: "+1976", what: "premium rate" },
  ...[
    "242", "246", "264", "268", "284", "345", "441", "473", "649", "658", "664", "721", "758", "767", "784", "809", "829", "849", "868", "869", "876",
  ].map((area) => ({ prefix: `+1${area}`, what: "Caribbean, priced as international" })),
];

export type PrefixVerdict = { allowed: true } | { allowed: false; reason: string };

/** An empty list is closed. The longest match decides; a costly range needs an entry that is at least as long as its own prefix. */
export function prefixVerdict(number: string, allowedPrefixes: readonly string[]): PrefixVerdict {
  if (allowedPrefixes.length === 0) return { allowed: false, reason: "the trunk allows no prefix yet; list those that it may call, such as +91" };
  const allowed = longest(number, allowedPrefixes);
  if (allowed === undefined) return { allowed: false, reason: `no allowed prefix of the trunk matches; it allows ${allowedPrefixes.slice(0, 10).join(", ")}` };
  const range = longest(number, costly.map(({ prefix }) => prefix));
  if (range === undefined || allowed.length >= range.length) return { allowed: true };
  const what = costly.find(({ prefix }) => prefix === range)?.what ?? "costly";
  return { allowed: false, reason: `${range} is ${what} and closed by default; allow ${range} by name to call it` };
}

function longest(number: string, prefixes: readonly string[]): string | undefined {
  return prefixes.reduce<string | undefined>((best, prefix) => (number.startsWith(prefix) && prefix.length > (best?.length ?? 0) ? prefix : best), undefined);
}
