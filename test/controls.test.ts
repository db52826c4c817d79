// What the rooms ask of the machine: a call that is asked for waits until its trunk is open.

import { expect, test } from "bun:test";
import { callControlOf, trunkReadinessOf } from "../src/controls.ts";
import { createTestMachine } from "./support/machine.ts";

const reached = () => Promise.resolve(undefined);

test("a call that is asked for just after its trunk was made waits until that is open", async () => {
  const { db, machine, wish } = createTestMachine();
  let open: () => void = () => undefined;
  const asked: string[] = [];
  const prepare = (trunks: readonly { driver: string }[]) => {
    asked.push(...trunks.map(({ driver }) => driver));
    return new Promise<void>((resolve) => void (open = resolve));
  };
  const place = () => {
    asked.push("placed");
    return Promise.resolve({ kind: "refused" as const, refusal: "trunk_rate" as const });
  };
  const control = callControlOf({ ...machine, singles: { ...machine.singles, place } }, reached, trunkReadinessOf(db, { prepare }));
  const placing = control.placeCall(wish("+919876500001"));
  await Promise.resolve();
  expect(asked).toEqual(["simulator"]);
  open();
  await placing;
  expect(asked).toEqual(["simulator", "placed"]);
});

test("a trunk that cannot be opened is for the call to tell, and one that there is not for nobody", async () => {
  const { db, wish } = createTestMachine();
  const ready = trunkReadinessOf(db, { prepare: () => Promise.reject(new Error("the port is taken")) });
  expect(await ready(wish("+919876500001").phoneNumberId)).toBeUndefined();
  expect(await ready("num_unknown")).toBeUndefined();
});
