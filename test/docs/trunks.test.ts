// docs/trunks.md is held against the program: what each SIP answer and each cause comes to, the profiles, the options.

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { refusalVerdict, silentVerdicts, type Verdict } from "../../src/sip/status.ts";
import { trunkProfiles } from "../../src/sip/trunk/trunk-profiles.ts";
import { sipFields } from "../../src/trunks/sip-fields.ts";

const text = readFileSync("docs/trunks.md", "utf8");
const plain = { text: "", cause: undefined, rang: false, retryAfter: false, providerCode: undefined };

function row(what: string, { ending, reason, retry, requeueOnce, suspect }: Verdict): string {
  const more = [
    requeueOnce ? "given back the first time" : "",
    suspect === undefined ? "" : `many in a row are the ${suspect}'s fault`,
  ].filter(Boolean);
  return `| ${what} | \`${ending}\` | \`${reason}\` | \`${retry}\`${more.length === 0 ? "" : `, ${more.join(", ")}`} |`;
}

/** Codes with the same verdict share a line. */
function rowsOf(verdicts: readonly (readonly [name: number, verdict: Verdict])[]): string[] {
  const groups = new Map<string, { names: number[]; verdict: Verdict }>();
  for (const [name, verdict] of verdicts) {
    const key = JSON.stringify(verdict);
    const group = groups.get(key) ?? { names: [], verdict };
    group.names.push(name);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ names, verdict }) => row(names.join(", "), verdict));
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe("docs/trunks.md", () => {
  test("tells what each final response comes to", () => {
    const byClass = [399, 499, 599, 699].map((status) => [status, refusalVerdict({ ...plain, status })] as const);
    const defaultOf = (status: number) => byClass.find(([last]) => Math.floor(last / 100) === Math.floor(status / 100))?.[1];
    const listed = range(300, 698)
      .map((status) => [status, refusalVerdict({ ...plain, status })] as const)
      .filter(([status, verdict]) => JSON.stringify(verdict) !== JSON.stringify(defaultOf(status)));
    const others = byClass.map(([last, verdict]) => row(`any other ${String(last).charAt(0)}xx`, verdict));
    expect(text).toContain([...rowsOf(listed), ...others].join("\n"));
  });

  test("tells what each cause comes to beside a vague code", () => {
    const unlisted = JSON.stringify(refusalVerdict({ ...plain, status: 480 }));
    const causes = range(1, 127).map((cause) => [cause, refusalVerdict({ ...plain, status: 480, cause })] as const);
    // 20 and 31 say of the person what 480 says.
    expect(causes.filter(([cause, verdict]) => JSON.stringify(verdict) === unlisted && [20, 31].includes(cause)).length).toBe(2);
    expect(text).toContain(
      rowsOf(causes.filter(([cause, verdict]) => JSON.stringify(verdict) !== unlisted || [20, 31].includes(cause))).join("\n"),
    );
  });

  test("tells of the ends that no response tells", () => {
    for (const { reason, ending } of Object.values<Verdict>(silentVerdicts)) expect(text).toContain(`| \`${reason}\` | \`${ending}\` |`);
  });

  test("names every option of a trunk and every profile", () => {
    const missing = [...Object.keys(sipFields), "password"].filter((name) => !text.includes(`| \`${name}\` |`));
    expect(missing).toEqual([]);
    expect(Object.keys(trunkProfiles).filter((id) => !text.includes(`\`${id}\``))).toEqual([]);
  });
});
