// settings/signing-secrets.ts: which secrets sign now.

import { describe, expect, test } from "bun:test";
import { HOUR } from "../../src/runtime/clock.ts";

const DAY = 24 * HOUR;
import { changeSecret, liveSecretsAt, noSecrets } from "../../src/settings/signing-secrets.ts";

const NOW = 1_000_000;

describe("signing secrets", () => {
  const rotated = changeSecret(changeSecret(noSecrets, "one", NOW), "two", NOW);
  const table: [string, ReturnType<typeof changeSecret>, number, string[]][] = [
    ["none is set", noSecrets, NOW, []],
    ["the first one has none before it", changeSecret(noSecrets, "one", NOW), NOW, ["one"]],
    ["two sign right after a change", rotated, NOW, ["two", "one"]],
    ["two sign until the day is over", rotated, NOW + DAY - 1, ["two", "one"]],
    ["one signs from then on", rotated, NOW + DAY, ["two"]],
    ["the same secret again changes nothing", changeSecret(rotated, "two", NOW + 5), NOW + DAY, ["two"]],
    ["a second change drops the oldest", changeSecret(rotated, "three", NOW + 5), NOW + 5, ["three", "two"]],
    ["its day begins anew", changeSecret(rotated, "three", NOW + 5), NOW + DAY + 4, ["three", "two"]],
    ["going back keeps both", changeSecret(rotated, "one", NOW + 5), NOW + 5, ["one", "two"]],
    ["removal takes both", changeSecret(rotated, null, NOW + 5), NOW + 5, []],
    ["after a removal nothing old comes back", changeSecret(changeSecret(rotated, null, NOW), "three", NOW), NOW, ["three"]],
  ];
  test.each(table)("%s", (_, secrets, now, expected) => {
    expect(liveSecretsAt(secrets, now)).toEqual(expected);
  });
});
