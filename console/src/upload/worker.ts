/** The worker of one upload: reads its files, and makes the parts. It is a script of its own, so that the page stays smooth. */

import { ChangedError } from "./changed";
import { Planner, type Plan } from "./plan";
import type { Item } from "./tree";

export type Order =
  | { readonly kind: "plan"; readonly item: Item; readonly path: string }
  | { readonly kind: "car" | "verify"; readonly index: number; readonly number: number };

export type Report =
  | { readonly kind: "ready" }
  | { readonly kind: "read"; readonly bytes: number }
  | { readonly kind: "planned"; readonly plan: Plan }
  | { readonly kind: "done"; readonly number: number; readonly car?: Blob }
  | { readonly kind: "failed"; readonly number: number; readonly message: string; readonly changed?: string };

const REPORT_MS = 100;

let planner: Planner | undefined;

async function plan({ item, path }: Extract<Order, { kind: "plan" }>): Promise<Report> {
  planner = new Planner(item, path);
  let bytes = 0;
  let reported = 0;
  const made = await planner.plan((more) => {
    bytes += more;
    if (performance.now() - reported < REPORT_MS) return;
    reported = performance.now();
    report({ kind: "read", bytes });
  });
  return { kind: "planned", plan: made };
}

async function answer(order: Order): Promise<Report> {
  if (order.kind === "plan") return plan(order);
  if (!planner) throw new Error("there is no plan");
  if (order.kind === "car") return { kind: "done", number: order.number, car: await planner.car(order.index) };
  await planner.verify(order.index);
  return { kind: "done", number: order.number };
}

function report(made: Report): void {
  postMessage(made);
}

report({ kind: "ready" });

addEventListener("message", (event: MessageEvent<Order>) => {
  const order = event.data;
  const number = order.kind === "plan" ? 0 : order.number;
  answer(order).then(report, (error: unknown) => {
    const changed = error instanceof ChangedError ? { changed: error.path } : {};
    report({ kind: "failed", number, message: error instanceof Error ? error.message : String(error), ...changed });
  });
});
