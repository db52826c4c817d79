import { describe, expect, test } from "bun:test";
import { Type } from "typebox";
import { AppError } from "../../src/errors.ts";
import { body, createCheck, query } from "../../src/http/schema.ts";

const Person = Type.Object(
  {
    name: Type.String({ maxLength: 5 }),
    age: Type.Optional(Type.Integer({ minimum: 0, errorMessage: "must be an age" })),
    mood: Type.Optional(Type.Union([Type.Enum(["good", "bad"]), Type.Null()])),
    address: Type.Optional(Type.Object({ city: Type.String() }, { additionalProperties: false })),
    words: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())], { errorMessage: "must be a text, or a list of texts" })),
    pets: Type.Optional(
      Type.Union([Type.Array(Type.Object({ kind: Type.String() }, { additionalProperties: false }), { maxItems: 2 }), Type.Null()]),
    ),
  },
  { additionalProperties: false },
);

function detailsOf(run: () => unknown): readonly { path: string; message: string }[] | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError && error.code === "validation_failed") return error.details ?? [];
    throw error;
  }
  return undefined;
}

const check = createCheck(Person);

describe("a check", () => {
  test("gives the value as it is, without changing it", () => {
    const value = { name: "Ann", age: 3 };
    expect(check(value)).toBe(value);
  });

  const wrong: [value: unknown, path: string, message: string][] = [
    [{}, "name", "is required"],
    [{ name: "Anneliese" }, "name", 'is "Anneliese"; it must not have more than 5 characters'],
    [{ name: "Ann", age: "3" }, "age", 'is "3"; it must be an age'],
    [{ name: "Ann", mood: "odd" }, "mood", 'is "odd"; it must be one of good, bad'],
    [{ name: "Ann", size: 1 }, "size", "is not a field here; the fields are name, age, mood, address, words, pets"],
    [{ name: "Ann", address: { city: "Köln", zip: 1 } }, "address.zip", "is not a field here; the fields are city"],
    [{ name: "Ann", address: {} }, "address.city", "is required"],
    // Of what may also be null, only the place that is wrong.
    [{ name: "Ann", pets: [{}] }, "pets.0.kind", "is required"],
    [{ name: "Ann", pets: [{ kind: "cat", age: 3 }] }, "pets.0.age", "is not a field here; the fields are kind"],
    [{ name: "Ann", pets: [{ kind: 3 }] }, "pets.0.kind", "is 3; it must be string"],
    [{ name: "Ann", pets: 3 }, "pets", "is 3; it must be array"],
    [{ name: "Ann", words: 1 }, "words", "is 1; it must be a text, or a list of texts"],
    [{ name: "Ann", __proto__x: 1 }, "__proto__x", "is not a field here; the fields are name, age, mood, address, words, pets"],
  ];
  for (const [value, path, message] of wrong) {
    test(`${JSON.stringify(value)}: ${path} ${message}`, () => expect(detailsOf(() => check(value))).toEqual([{ path, message }]));
  }

  test("of alternatives with words of their own both the whole and the place inside are named", () => {
    expect(
      detailsOf(() => check({ name: "Ann", words: [1] }))
        ?.map(({ path }) => path)
        .toSorted(),
    ).toEqual(["words", "words.0"]);
  });

  test("names 50 places at most, and shows 60 characters of a value at most", () => {
    const many = createCheck(Type.Array(Type.Integer()));
    expect(detailsOf(() => many(Array.from({ length: 80 }, () => "x")))?.length).toBe(50);
    expect(detailsOf(() => check({ name: "x".repeat(500) }))?.[0]?.message).toStartWith(`is "${"x".repeat(59)}…; it must`);
  });
});

describe("a body", () => {
  const validate = body(Person)["~standard"].validate;
  test("is the value itself", () => expect(validate({ name: "Ann" })).toEqual({ value: { name: "Ann" } }));
  test("that is empty is 400, a stream is 415", () => {
    expect(() => validate(undefined)).toThrow("the body is empty");
    expect(() => validate(new ReadableStream())).toThrow("this route reads JSON, not text/csv");
  });
});

describe("a query", () => {
  const validate = query(
    Type.Object(
      { limit: Type.Optional(Type.Integer()), all: Type.Optional(Type.Boolean()), name: Type.Optional(Type.String()) },
      { additionalProperties: false },
    ),
  )["~standard"].validate;
  const good: [text: Record<string, string>, value: object][] = [
    [
      { limit: "5", all: "true", name: "5" },
      { limit: 5, all: true, name: "5" },
    ],
    [{ all: "false" }, { all: false }],
    [{ limit: "", name: "" }, {}],
    [{}, {}],
  ];
  test("a value with commas, of which Elysia makes a list, is one text", () =>
    expect(validate({ name: ["a", "", "b"] })).toEqual({ value: { name: "a,,b" } }));
  for (const [text, value] of good)
    test(`${JSON.stringify(text)} is ${JSON.stringify(value)}`, () => expect(validate(text)).toEqual({ value }));
  for (const text of [{ limit: "5x" }, { limit: "1e3" }, { limit: "0x10" }, { limit: " 5" }, { all: "1" }, { other: "1" }]) {
    test(`${JSON.stringify(text)} is refused`, () =>
      expect(detailsOf(() => validate(text))?.map((detail) => detail.path)).toEqual([Object.keys(text)[0] ?? ""]));
  }
});
