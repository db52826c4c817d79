// Where a trunk may call: an allow list of prefixes, and ranges that cost a fortune and are closed unless named (toll fraud).
// Pure; a campaign asks it before it starts, and the machine for each call. Simulated trunks are open: nobody is called.

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
    "242",
    "246",
    "264",
    "268",
    "284",
    "345",
    "441",
    "473",
    "649",
    "658",
    "664",
    "721",
    "758",
    "767",
    "784",
    "809",
    "829",
    "849",
    "868",
    "869",
    "876",
  ].map((area) => ({ prefix: `+1${area}`, what: "Caribbean, priced as international" })),
];

/** What of a trunk the guard looks at. */
export interface GuardedTrunk {
  driver: "simulator" | "sip";
  allowedPrefixes: readonly string[];
}

/** Of a row, whose prefixes are JSON. */
export function guardedTrunkOf({ driver, allowedPrefixes }: { driver: GuardedTrunk["driver"]; allowedPrefixes: string }): GuardedTrunk {
  return { driver, allowedPrefixes: JSON.parse(allowedPrefixes) as string[] };
}

const NOTHING_ALLOWED = "the trunk allows no prefix yet; list those that it may call in its allowedPrefixes, such as +91";

/** `reason` is the end of a sentence for people. */
type PrefixVerdict = { allowed: true } | { allowed: false; reason: string };

/** As prefixVerdict, for the trunk of a driver: those that call nobody are open. */
export function trunkVerdict({ driver, allowedPrefixes }: GuardedTrunk, number: string): PrefixVerdict {
  return driver === "sip" ? prefixVerdict(number, allowedPrefixes) : { allowed: true };
}

/** Why no number at all may be called through it, as the end of a sentence; undefined when some may. */
export function closedReason({ driver, allowedPrefixes }: GuardedTrunk): string | undefined {
  return driver === "sip" && allowedPrefixes.length === 0 ? NOTHING_ALLOWED : undefined;
}

/** An empty list is closed. The longest match decides; a costly range needs an entry that is at least as long as its own prefix. */
function prefixVerdict(number: string, allowedPrefixes: readonly string[]): PrefixVerdict {
  if (allowedPrefixes.length === 0) return { allowed: false, reason: NOTHING_ALLOWED };
  const allowed = longest(number, allowedPrefixes);
  if (allowed === undefined)
    return { allowed: false, reason: `no allowed prefix of the trunk matches; it allows ${allowedPrefixes.slice(0, 10).join(", ")}` };
  const range = longest(
    number,
    costly.map(({ prefix }) => prefix),
  );
  if (range === undefined || allowed.length >= range.length) return { allowed: true };
  const what = costly.find(({ prefix }) => prefix === range)?.what ?? "costly";
  return { allowed: false, reason: `${range} is ${what} and closed by default; allow ${range} by name to call it` };
}

function longest(number: string, prefixes: readonly string[]): string | undefined {
  return prefixes.reduce<string | undefined>(
    (best, prefix) => (number.startsWith(prefix) && prefix.length > (best?.length ?? 0) ? prefix : best),
    undefined,
  );
}
