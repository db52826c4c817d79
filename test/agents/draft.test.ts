// agents/draft.ts: how changes merge, and what old snapshots read as.

import { describe, expect, test } from "bun:test";
import { agentDefaults, changeDraft, parseSnapshot } from "../../src/agents/draft.ts";

describe("a draft", () => {
  test("merging changes nothing of what it merged into", () => {
    const before = structuredClone(agentDefaults);
    changeDraft(agentDefaults, { name: "x", variables: { a: "1" }, callPolicy: { ringTimeoutSeconds: 9 } });
    expect(agentDefaults).toEqual(before);
  });

  test("a variable may be called like something of the language", () => {
    const variables = JSON.parse('{"__proto__": "1", "constructor": "2"}') as Record<string, string>;
    const { draft, problems } = changeDraft(agentDefaults, { variables });
    expect(problems).toEqual([]);
    expect(Object.entries(draft.variables)).toEqual([
      ["__proto__", "1"],
      ["constructor", "2"],
    ]);
    expect(JSON.stringify(parseSnapshot(JSON.stringify(draft)).variables)).toBe('{"__proto__":"1","constructor":"2"}');
  });

  test("has 200 variables at most", () => {
    const variables = Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`v${index}`, "x"]));
    expect(changeDraft(agentDefaults, { variables }).problems.map((problem) => problem.path)).toEqual(["variables"]);
  });

  test.each(["", " a", "a ", "a  b", "a\tb", "a/b", "x".repeat(65)])("'%s' is no name of a variable", (name) => {
    expect(changeDraft(agentDefaults, { variables: { [name]: "x" } }).problems).toHaveLength(1);
  });

  test.each(["a", "first_name", "Client Name", "tracking-id", "order.id", "नाम1", "x".repeat(64)])(
    "'%s' is a name of a variable",
    (name) => {
      const { problems } = changeDraft(agentDefaults, { variables: { [name]: "x" } });
      expect(problems).toEqual([]);
    },
  );

  test("values of an enum belong to an enum alone", () => {
    const schema = [{ name: "a", type: "string" as const, enumValues: ["x"] }];
    expect(changeDraft(agentDefaults, { postCallAnalysis: { schema } }).problems.map((problem) => problem.path)).toEqual([
      "postCallAnalysis.schema.0.enumValues",
    ]);
  });

  test("a snapshot written before a field existed reads with its default", () => {
    const snapshot = parseSnapshot('{"name":"Old","callPolicy":{"ringTimeoutSeconds":20}}');
    expect(snapshot).toEqual({ ...agentDefaults, name: "Old", callPolicy: { ...agentDefaults.callPolicy, ringTimeoutSeconds: 20 } });
  });
});
