// GET /openapi.json against the OpenAPI initiative's own schema of 3.1, in a package that works without the internet.

import { expect, test } from "bun:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { documentOf } from "../support/conformance.ts";
import { createWholeApi } from "../support/whole-api.ts";

test("the description is valid OpenAPI 3.1, and one with a mistake is not", async () => {
  const document = structuredClone(documentOf(createWholeApi().api));
  const validator = new Validator();
  expect(await validator.validate(structuredClone(document) as object as Parameters<Validator["validate"]>[0])).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
  const broken = { ...document, paths: { "/x": { get: { responses: 3 } } } };
  expect((await new Validator().validate(broken as object as Parameters<Validator["validate"]>[0])).valid).toBe(false);
});
