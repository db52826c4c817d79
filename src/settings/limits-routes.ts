// /api/settings/limits: the bounds over the whole appliance, and the country of numbers that name none.

import { Elysia } from "elysia";
import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { invalid } from "../errors.ts";
import { document } from "../http/document.ts";
import { body } from "../http/schema.ts";
import { isKnownCountry } from "../leads/phone-number.ts";
import { LimitsChange, LimitsJson } from "./limits-model.ts";
import { readLimits, writeLimits } from "./store.ts";

export interface LimitDependencies {
  db: Db;
  control: { nudge(): void };
}

const tag = "Settings";

/** Effective from the next decision to dial on. */
export function limitRoutes({ db, control }: LimitDependencies) {
  return new Elysia({ prefix: "/api/settings/limits" })
    .get("/", () => readLimits(db), document({ summary: "The bounds over the whole appliance", tag, answers: { 200: LimitsJson } }))
    .put(
      "/",
      ({ body }) => {
        if (body.defaultCountry != null && !isKnownCountry(body.defaultCountry))
          throw invalid(
            "defaultCountry",
            `defaultCountry is '${body.defaultCountry}'; it must be a country that has telephone numbers, such as IN`,
          );
        const limits = transact(db, () => {
          const changed = { ...readLimits(db), ...body };
          writeLimits(db, changed);
          return changed;
        });
        control.nudge();
        return limits;
      },
      {
        body: body(LimitsChange),
        ...document({ summary: "Change the bounds over the whole appliance", tag, answers: { 200: LimitsJson } }),
      },
    );
}
