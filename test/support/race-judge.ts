// Judges a race by the carrier's own record. Each line is written before its call goes on, and whoever got an answer from
// the API looked at once how long the record was: a line beyond that length left after the answer. No clock is compared,
// but for how many calls are in the air, where each is known to last `callMs` at least.

/** A line of the record, and where it begins. */
export interface Dial {
  offset: number;
  atMs: number;
  from: string;
  to: string;
}

/** From an answer until the request that takes it back is sent, as lengths of the record. */
interface Stretch {
  /** The campaign, by the number that it calls from. */
  from: string;
  since: number;
  until: number;
}

/** What was acknowledged. */
export interface History {
  /** Numbers that went on the do-not-call list. */
  listed: { number: string; since: number }[];
  halted: Stretch[];
  capped: (Stretch & { most: number })[];
}

export interface Verdict {
  /** An acknowledged add and its number, if nobody had called it before; an acknowledged pause and its campaign; an acknowledged cap and its campaign. */
  pairs: { listed: number; halted: number; capped: number };
  violations: string[];
}

export function readRecord(text: string): Dial[] {
  let offset = 0;
  return text.split("\n").flatMap((line) => {
    const start = offset;
    offset += line.length + 1;
    if (line === "") return [];
    const { at, from, to } = JSON.parse(line) as { at: string; from: string; to: string };
    return [{ offset: start, atMs: Date.parse(at), from, to }];
  });
}

export function judge(dials: readonly Dial[], { listed, halted, capped }: History, callMs: number): Verdict {
  const violations: string[] = [];
  const byNumber = new Map<string, Dial[]>();
  const byCampaign = new Map<string, Dial[]>();
  for (const dial of dials) {
    byNumber.set(dial.to, [...(byNumber.get(dial.to) ?? []), dial]);
    const ofCampaign = byCampaign.get(dial.from) ?? [];
    ofCampaign.push(dial);
    byCampaign.set(dial.from, ofCampaign);
  }
  let neverCalled = 0;
  for (const { number, since } of listed) {
    const calls = byNumber.get(number) ?? [];
    if (calls.every((call) => call.offset >= since)) neverCalled += 1;
    if (calls.some((call) => call.offset >= since)) violations.push(`${number} was called after the answer that it is on the list`);
  }
  const within = ({ from, since, until }: Stretch) => slice(byCampaign.get(from) ?? [], since, until);
  for (const stretch of halted) {
    const calls = within(stretch);
    if (calls.length > 0)
      violations.push(`${calls.length} calls of ${stretch.from} left between the answer to its pause and its resumption`);
  }
  for (const stretch of capped) {
    const all = byCampaign.get(stretch.from) ?? [];
    const worst = Math.max(0, ...within(stretch).map((dial) => inTheAir(all, dial, callMs)));
    if (worst > stretch.most) violations.push(`${worst} calls of ${stretch.from} were in the air under a cap of ${stretch.most}`);
  }
  return { pairs: { listed: neverCalled, halted: halted.length, capped: capped.length }, violations };
}

/** The calls whose lines begin in [since, until); `calls` are in the order of the record. */
function slice(calls: readonly Dial[], since: number, until: number): readonly Dial[] {
  return calls.slice(firstFrom(calls, since), firstFrom(calls, until));
}

function firstFrom(calls: readonly Dial[], offset: number): number {
  let [low, high] = [0, calls.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((calls[middle]?.offset ?? Infinity) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many calls of its campaign are sure to go on in the moment of a dial, itself included; times are whole milliseconds. */
function inTheAir(calls: readonly Dial[], dial: Dial, callMs: number): number {
  const place = firstFrom(calls, dial.offset);
  let count = 1;
  for (let index = place - 1; index >= 0 && (calls[index]?.atMs ?? 0) > dial.atMs - callMs + 1; index -= 1) count += 1;
  return count;
}
