// The migrations in order; the database's version is the number of those applied. Each is inside the binary as text.

import initial from "./0001_initial.sql" with { type: "text" };
import credits from "./0002_credits.sql" with { type: "text" };
import idempotency from "./0003_idempotency.sql" with { type: "text" };
import calls from "./0004_calls.sql" with { type: "text" };
import gate from "./0005_gate.sql" with { type: "text" };
import queue from "./0006_queue.sql" with { type: "text" };
import people from "./0007_people.sql" with { type: "text" };
import conversations from "./0008_conversations.sql" with { type: "text" };

export const migrations: readonly { name: string; sql: string }[] = [
  { name: "0001_initial", sql: initial },
  { name: "0002_credits", sql: credits },
  { name: "0003_idempotency", sql: idempotency },
  { name: "0004_calls", sql: calls },
  { name: "0005_gate", sql: gate },
  { name: "0006_queue", sql: queue },
  { name: "0007_people", sql: people },
  { name: "0008_conversations", sql: conversations },
];
