// The dashboard: asks the node every few seconds and hands each part what it shows. While the node cannot be reached the
// old numbers stay, and the page says how old they are.
// @ts-check
import { ApiError, allItems, findJson, getJson, permittedJson } from "../lib/api.js";
import { onConnection } from "../lib/connection.js";
import { byId, el, fill } from "../lib/dom.js";
import { startShell } from "../lib/shell.js";
import { showBlocks } from "./blocks.js";
import { showCache } from "./cache.js";
import { ExpertSection } from "./expertSection.js";
import { showFigures } from "./figures.js";
import { showHeads } from "./heads.js";
import { showNodes } from "./nodes.js";
import { showRecent } from "./recent.js";
import { showLedger, showRewards } from "./rewards.js";
import { SpeedChart } from "./speedChart.js";
import { showStatus } from "./status.js";

const EXPERTS_EVERY_MS = 5000;

const SOURCES = [
  "/health",
  "/chain/models",
  "/experts",
  "/experts/rewards",
  "/accounts",
  "/ledger",
  "/chain/counts",
  "/p2p/nodes",
  "/chat/recent",
];

startShell();
fill(
  byId("sources"),
  "Everything here is also JSON: ",
  SOURCES.flatMap((path, i) => [i > 0 ? ", " : "", el("a", { href: path }, path)]),
  ". ",
  el("a", { href: "/docs" }, "The whole API"),
);

const experts = new ExpertSection();
const speed = new SpeedChart(byId("speed"));
let readMs = 0;
let reading = false;
/** Asked once: a refusal would be in the browser's log every few seconds. */
let mayReadAnswers = true;
/** A node that has refused is not asked again: the page loads anew when a key is given. */
let needsKey = false;

onConnection((connection) => {
  showStatus(connection);
  const { lost, health } = connection;
  if (lost || health === null) return;
  showFigures(health);
  showCache(health.cache ?? null);
  speed.add(Date.now(), health.tokens_per_second ?? null);
  if (!reading && !needsKey && Date.now() - readMs >= EXPERTS_EVERY_MS - 500) void read();
});
// The age of the numbers goes on counting between two answers.
setInterval(() => showStatus(null), 1000);

async function read() {
  reading = true;
  try {
    const [models, usage, rewards, accounts, ledger, counts, newest, nodes, recent] = await Promise.all([
      getJson("/chain/models"),
      allItems("/experts"),
      allItems("/experts/rewards", findJson),
      getJson("/accounts?limit=10"),
      getJson("/ledger?limit=8"),
      getJson("/chain/counts"),
      getJson("/chain/B/blocks?order=newest&limit=6"),
      getJson("/p2p/nodes"),
      mayReadAnswers ? permittedJson("/chat/recent?limit=10") : null,
    ]);
    const model = models.items[0] ?? null;
    experts.show(model, usage ?? [], rewards ?? []);
    showRewards(rewards ?? [], accounts.items);
    showLedger(ledger.items);
    showBlocks(counts, newest.items);
    showNodes(nodes.items);
    mayReadAnswers = recent !== null;
    showRecent(recent?.items ?? null);
    await showHeads(model, usage ?? []);
    readMs = Date.now();
  } catch (error) {
    needsKey = error instanceof ApiError && error.status === 401;
    if (needsKey) experts.showNeedsKey();
    // The bar says that the node cannot be reached; what is shown stays until it can.
  }
  reading = false;
}
