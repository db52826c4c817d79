// The migrations in order; the database's version is the number of those applied. Each is inside the binary as text.

import initial from "./0001_initial.sql" with { type: "text" };
import gate from "./0005_gate.sql" with { type: "text" };
import people from "./0007_people.sql" with { type: "text" };

export const migrations: readonly { name: string; sql: string }[] = [
  { name: "0001_initial", sql: initial },
  { name: "0005_gate", sql: gate },
  { name: "0007_people", sql: people },
];
