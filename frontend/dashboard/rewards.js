// Rewards: the formula beside the numbers that go into it, balances with confirmed and pending apart, and the ledger.
// @ts-check
import { byId, el, fill } from "../lib/dom.js";
import { age, credits, date, short } from "../lib/format.js";
import { authorLink } from "../lib/links.js";
import { table } from "../lib/table.js";

const MAX_ROWS = 5;

/** @param {readonly any[]} rewards what each expert's author would be credited now @param {readonly any[]} accounts */
export function showRewards(rewards, accounts) {
  const most = [...rewards].sort((a, b) => b.amount - a.amount).filter(({ amount }) => amount > 0);
  const [formula = "", ...meanings] = String(rewards[0]?.formula ?? "").split("; ");
  fill(
    byId("rewards"),
    formula === ""
      ? null
      : el(
          "div",
          { class: "formula" },
          el("strong", null, formula),
          meanings.map((meaning) => el("span", { class: "quiet" }, meaning)),
          el("span", { class: "quiet" }, `Version ${rewards[0].formula_version} of the formula. Amounts are credits.`),
        ),
    el("h3", null, "Earned, not credited yet"),
    most.length === 0
      ? el("p", { class: "empty" }, "Nothing has been earned since the last reward.")
      : el("div", { class: "table-frame" }, rewardTable(most.slice(0, MAX_ROWS))),
    el("h3", null, "Accounts"),
    accounts.length === 0
      ? el(
          "p",
          { class: "empty" },
          "No author has been credited with anything yet. ",
          el("a", { href: "/docs#experts" }, "POST /experts/reward/NAME"),
          " credits what an expert has earned.",
        )
      : el("div", { class: "table-frame" }, accountTable(accounts)),
  );
}

/** @param {readonly any[]} entries */
export function showLedger(entries) {
  fill(
    byId("ledger"),
    entries.length === 0
      ? el("p", { class: "empty" }, "The ledger has no entries yet. Rewards are written here once, and never changed.")
      : el("div", { class: "table-frame" }, ledgerTable(entries)),
  );
}

/** @param {readonly any[]} rewards */
function rewardTable(rewards) {
  return table(
    [
      { name: "Expert", cell: ({ slot }) => slot },
      { name: "Usage", number: true, cell: ({ factors }) => short(factors.usage) },
      { name: "× Speed", number: true, cell: ({ factors }) => short(factors.speed) },
      { name: "× Quality", number: true, cell: ({ factors }) => short(factors.quality) },
      { name: "= Earned", number: true, cell: ({ amount }) => el("strong", null, credits(amount)) },
    ],
    rewards,
    "Rewards that would be credited now, largest first",
  );
}

/** @param {readonly any[]} accounts */
function accountTable(accounts) {
  return table(
    [
      { name: "Author", cell: ({ account }) => authorLink(account) },
      { name: "Confirmed", number: true, cell: ({ confirmed }) => el("strong", null, credits(confirmed)) },
      { name: "Pending", number: true, cell: ({ pending }) => credits(pending) },
    ],
    accounts,
    "Balances of authors",
  );
}

/** The account stands below the reason: the card has no room for it beside the rest. @param {readonly any[]} entries */
function ledgerTable(entries) {
  return table(
    [
      { name: "No.", number: true, cell: ({ number }) => number },
      { name: "When", cell: ({ time_ms }) => el("span", { class: "nowrap", title: date(time_ms) }, age(time_ms)) },
      { name: "For", cell: ({ reason, account }) => [reason, el("br"), authorLink(account)] },
      { name: "Amount", number: true, cell: ({ amount }) => credits(amount) },
      { name: "", cell: stateOf },
    ],
    entries,
    "Newest entries of the ledger",
  );
}

/** @param {any} entry */
function stateOf({ held_until_ms }) {
  if (held_until_ms === null || held_until_ms <= Date.now()) return el("span", { class: "badge" }, "confirmed");
  return el("span", { class: "badge pending", title: `Held back until ${date(held_until_ms)}` }, "pending");
}
