import { describe, expect, test } from "bun:test";
import { Type } from "typebox";
import { exampleOf } from "../../../src/http/openapi/examples.ts";
import { createSchemaBook } from "../../../src/http/openapi/schema-book.ts";

const Pet = Type.Object({ title: Type.String(), age: Type.Optional(Type.Integer({ errorMessage: "must be a number" })) }, { title: "Pet" });

describe("a schema in the document", () => {
  test("with a title is written once, under it, and a property called title is a property", () => {
    const book = createSchemaBook();
    expect(book.write(Type.Array(Pet))).toEqual({ type: "array", items: { $ref: "#/components/schemas/Pet" } });
    expect(book.write(Pet)).toEqual({ $ref: "#/components/schemas/Pet" });
    expect(book.schemas).toEqual({
      Pet: { title: "Pet", type: "object", required: ["title"], properties: { title: { type: "string" }, age: { type: "integer" } } },
    });
  });

  test.each([
    [
      "a text or null is one type",
      Type.Union([Type.String({ maxLength: 3 }), Type.Null()], { description: "x" }),
      { type: ["string", "null"], maxLength: 3, description: "x" },
    ],
    [
      "a word or null is a word of a longer list",
      Type.Union([Type.Enum(["a", "b"]), Type.Null()]),
      { type: ["string", "null"], enum: ["a", "b", null] },
    ],
    ["a text or a number stays a choice", Type.Union([Type.String(), Type.Number()]), { anyOf: [{ type: "string" }, { type: "number" }] }],
    [
      "a record says what its values are",
      Type.Record(Type.String(), Type.Boolean()),
      { type: "object", additionalProperties: { type: "boolean" } },
    ],
    ["words have a type", Type.Enum(["a"], { default: "a" }), { type: "string", enum: ["a"], default: "a" }],
  ])("%s", (_, schema, written) => expect(createSchemaBook().write(schema)).toEqual(written));

  test("that is named or null stays a choice, so that the name is kept", () => {
    expect(createSchemaBook().write(Type.Union([Pet, Type.Null()]))).toEqual({
      anyOf: [{ $ref: "#/components/schemas/Pet" }, { type: "null" }],
    });
  });
});

describe("an example", () => {
  const book = createSchemaBook();
  test.each([
    [{ type: "string", examples: ["e"], default: "d" }, "e"],
    [{ type: "string", default: "d" }, "d"],
    [{ enum: ["a", "b"] }, "a"],
    [{ type: "string", format: "date-time" }, "2026-05-06T11:23:45.123Z"],
    [{ type: "string", minLength: 6 }, "text.."],
    [{ type: "string", maxLength: 2 }, "te"],
    [{ type: "integer", minimum: 3 }, 3],
    [{ type: ["boolean", "null"] }, true],
    [{ type: "null" }, null],
    [{ anyOf: [{ type: "integer" }, { type: "null" }] }, 0],
    [{ type: "array", items: { type: "boolean" } }, [true]],
  ])("of %j", (schema, example) => expect(exampleOf(schema, book)).toEqual(example));

  test("of a body leaves out what may be left out, unless it brings an example", () => {
    const schema = {
      type: "object",
      required: ["a"],
      properties: { a: { type: "boolean" }, b: { type: "boolean" }, c: { type: "string", examples: ["c"] } },
    };
    expect([exampleOf(schema, book), exampleOf(schema, book, true)]).toEqual([
      { a: true, b: true, c: "c" },
      { a: true, c: "c" },
    ]);
  });
});
