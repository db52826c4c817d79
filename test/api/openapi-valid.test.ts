import { expect, test } from "bun:test";
import { documentOf } from "../support/conformance.ts";
import { createWholeApi } from "../support/whole-api.ts";

/** The OpenAPI initiative's own schema of 3.1, in a package that works without the internet. */
const JUDGE: string = "@seriousme/openapi-schema-validator";
interface Judge {
  Validator: new () => { validate(document: unknown): Promise<{ valid: boolean; errors?: unknown }>; readonly version: string };
}
const judge = (await import(JUDGE).catch(() => undefined)) as Judge | undefined;

test.skipIf(judge === undefined)("the description is valid OpenAPI 3.1, and one with a mistake is not", async () => {
  if (judge === undefined) throw new Error(`${JUDGE} is not installed`);
  const document = structuredClone(documentOf(createWholeApi().api));
  const validator = new judge.Validator();
  expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
  const broken = { ...document, paths: { "/x": { get: { responses: 3 } } } };
  expect((await new judge.Validator().validate(broken)).valid).toBe(false);
});
