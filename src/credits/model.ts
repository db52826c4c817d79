// Credits on the wire. Amounts go out as decimal text, where they are balances also as whole micro-units; they come in as
// decimal text or as a JSON number.

import { type Static, Type } from "typebox";
import { invalid } from "../errors.ts";
import { pagingFields } from "../http/lists.ts";
import { formatAmount, parseAmount, UNIT } from "./amount.ts";
import { entryKinds } from "./ledger.ts";
import { type Account, entryId, type EntryRow, type RateRow } from "./store.ts";

const closed = { additionalProperties: false } as const;

const AMOUNT_WORDS = 'must be an amount from 0 to 1000000000 with at most 6 decimals, such as "250.00"';
/** What no pattern says (too large, too fine) is refused by `readAmount`. */
const amount = Type.Union([Type.String({ pattern: "^\\d{1,10}(\\.\\d{1,6})?$" }), Type.Number({ minimum: 0 })], {
  description: "in units of the operator's currency, as decimal text or a number, with at most 6 decimals",
  examples: ["250.00"],
  errorMessage: AMOUNT_WORDS,
});
const note = Type.Optional(
  Type.Union([Type.String({ maxLength: 500 }), Type.Null()], {
    description: "for people: what the entry is for",
    examples: ["May"],
    errorMessage: "must be a text of 500 characters at most, or null",
  }),
);

/** The body of a top-up. */
export const TopUpFields = Type.Object({ amount, note }, { ...closed, title: "TopUp" });
export type TopUpFields = Static<typeof TopUpFields>;

/** The body of a budget; a null amount takes the limit away. */
export const BudgetFields = Type.Object(
  {
    amount: Type.Union([...amount.anyOf, Type.Null()], {
      description: "what may be spent from now on; null for no limit",
      examples: ["1000.00"],
      errorMessage: `${AMOUNT_WORDS}, or null for no limit`,
    }),
    note,
  },
  { ...closed, title: "Budget" },
);
export type BudgetFields = Static<typeof BudgetFields>;

const MOST_RATES = 5_000;
const LONGEST_STEP_SECONDS = 3_600;
const DEFAULT_STEP_SECONDS = 60;

const step = (description: string) =>
  Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: LONGEST_STEP_SECONDS,
      default: DEFAULT_STEP_SECONDS,
      description,
      errorMessage: `must be a whole number from 1 to ${LONGEST_STEP_SECONDS}`,
    }),
  );

const RateFields = Type.Object(
  {
    prefix: Type.String({
      pattern: "^(\\+?\\d{1,15})?$",
      description: "how the numbers begin, country code first, such as 91; empty for every other number",
      errorMessage: "must be digits, such as 91, or empty for every other number",
    }),
    pricePerMinute: amount,
    connectionFee: Type.Optional(amount),
    firstSeconds: step("the least talk time that is billed"),
    nextSeconds: step("talk time beyond it is billed in steps of this length"),
  },
  { ...closed, title: "NewRate", examples: [{ prefix: "", pricePerMinute: "0.90" }] },
);

/** The body of a price list. */
export const RateList = Type.Object(
  { rates: Type.Array(RateFields, { maxItems: MOST_RATES, errorMessage: `must be a list of ${MOST_RATES} rates at most` }) },
  { ...closed, title: "NewRateList" },
);
export type RateList = Static<typeof RateList>;

/** The query of the ledger. */
export const LedgerQuery = Type.Object(
  {
    ...pagingFields,
    kind: Type.Optional(Type.Enum([...entryKinds])),
    campaignId: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    callId: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  },
  closed,
);

const decimal = Type.String({ description: "decimal text in units of the operator's currency", examples: ["250.00"] });
const micros = (description: string) => Type.Integer({ description, examples: [250_000_000] });
const textOrNull = Type.Union([Type.String(), Type.Null()], { examples: [null] });

/** The account. */
export const BalanceJson = Type.Object(
  {
    unlimited: Type.Boolean({ description: "true until a budget is set: nothing is set aside or charged", examples: [false] }),
    balance: Type.Union([decimal, Type.Null()], { description: "what may still be spent; null when unlimited" }),
    balanceMicros: Type.Union([Type.Integer(), Type.Null()], {
      description: "the same in micro-units: 1,000,000 are one unit",
      examples: [250_000_000],
    }),
    reserved: Type.String({ description: "set aside for calls in progress; no part of the balance", examples: ["4.50"] }),
    reservedMicros: Type.Integer({ examples: [4_500_000] }),
    spent: Type.String({ description: "all that calls were charged while there was a budget", examples: ["61.20"] }),
    spentMicros: Type.Integer({ examples: [61_200_000] }),
  },
  { title: "Balance" },
);

/** An entry of the ledger; never changes. */
export const EntryJson = Type.Object(
  {
    id: Type.String({ examples: [entryId({ sequence: 1 })] }),
    kind: Type.Enum([...entryKinds]),
    amount: decimal,
    amountMicros: micros("below zero when it takes from the balance"),
    balance: decimal,
    balanceMicros: micros("after this entry"),
    callId: textOrNull,
    campaignId: textOrNull,
    note: textOrNull,
    createdAt: Type.String({ format: "date-time" }),
  },
  { title: "LedgerEntry" },
);

/** The price list; may be sent back as it is. */
export const RateListJson = Type.Object(
  {
    rates: Type.Array(
      Type.Object(
        {
          prefix: Type.String(),
          pricePerMinute: decimal,
          connectionFee: decimal,
          firstSeconds: Type.Integer(),
          nextSeconds: Type.Integer(),
        },
        { title: "Rate", examples: [{ prefix: "", pricePerMinute: "0.90", connectionFee: "0.00", firstSeconds: 60, nextSeconds: 60 }] },
      ),
    ),
  },
  { title: "RateList" },
);

/** Micro-units; throws a 400 about `path`. */
export function readAmount(path: string, value: string | number): number {
  const micros = parseAmount(value);
  if (micros === undefined) throw invalid(path, `${path} is '${value}'; it ${AMOUNT_WORDS}`);
  return micros;
}

const LARGEST_PRICE = 1_000_000 * UNIT;

function readPrice(path: string, value: string | number): number {
  const micros = readAmount(path, value);
  if (micros > LARGEST_PRICE) throw invalid(path, `${path} is '${value}'; it must be ${formatAmount(LARGEST_PRICE)} at most`);
  return micros;
}

/** Throws a 400 for amounts that cannot be read, a prefix that comes twice, and a list that leaves numbers without a price. */
export function readRates({ rates }: RateList): RateRow[] {
  const seen = new Set<string>();
  const rows = rates.map((rate, index): RateRow => {
    const prefix = rate.prefix.replace("+", "");
    const path = `rates.${index}`;
    if (seen.has(prefix)) throw invalid(`${path}.prefix`, `${path}.prefix is '${prefix}', which comes twice; each prefix has one rate`);
    seen.add(prefix);
    return {
      prefix,
      pricePerMinute: readPrice(`${path}.pricePerMinute`, rate.pricePerMinute),
      connectionFee: readPrice(`${path}.connectionFee`, rate.connectionFee ?? 0),
      firstSeconds: rate.firstSeconds ?? DEFAULT_STEP_SECONDS,
      nextSeconds: rate.nextSeconds ?? DEFAULT_STEP_SECONDS,
    };
  });
  if (rows.length > 0 && !seen.has(""))
    throw invalid("rates", 'rates has no price for numbers that none of its prefixes fits; add a rate with the prefix ""');
  return rows;
}

/** `spent` in micro-units. */
export function toBalanceJson({ isLimited, balance, reserved }: Account, spent: number) {
  return {
    unlimited: !isLimited,
    balance: isLimited ? formatAmount(balance) : null,
    balanceMicros: isLimited ? balance : null,
    reserved: formatAmount(reserved),
    reservedMicros: reserved,
    spent: formatAmount(spent),
    spentMicros: spent,
  };
}

/** With the id of its place in the ledger. */
export function toEntryJson(row: EntryRow) {
  const { kind, amount, balance, callId, campaignId, note, createdAt } = row;
  return {
    id: entryId(row),
    kind,
    amount: formatAmount(amount),
    amountMicros: amount,
    balance: formatAmount(balance),
    balanceMicros: balance,
    callId,
    campaignId,
    note,
    createdAt: new Date(createdAt).toISOString(),
  };
}

/** In the order given. */
export function toRateListJson(rows: readonly RateRow[]) {
  const rates = rows.map((row) => ({
    ...row,
    pricePerMinute: formatAmount(row.pricePerMinute),
    connectionFee: formatAmount(row.connectionFee),
  }));
  return { rates };
}
